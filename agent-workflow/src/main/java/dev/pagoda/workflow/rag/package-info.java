/// Documents become searchable knowledge: parsing, chunking, embedding and hybrid retrieval.
@NullMarked
package dev.pagoda.workflow.rag;

import org.jspecify.annotations.NullMarked;
