/// OpenAI's vector stores and file search on the knowledge bases.
@NullMarked
package dev.pagoda.workflow.openai;

import org.jspecify.annotations.NullMarked;
