package dev.pagoda.workflow.rag;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.text.LineBreakRendering;
import org.commonmark.renderer.text.TextContentRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/// Turns the bytes of a file into a document: plain text, Markdown, HTML and PDF.
///
/// The content decides and the name helps: what starts as a PDF or an HTML page is read as one whatever its
/// name says, and what is not text in UTF-8, UTF-16 with a mark, or GB18030 is refused. Nothing is fetched
/// that a page or a PDF points to. Safe from any thread.
public final class DocumentParser {

    /// What became of a file.
    public sealed interface Parsed {
        /// The file was read.
        record Read(Document document) implements Parsed {}

        /// The file cannot be read, and why, in one sentence for its owner.
        record Unreadable(String reason) implements Parsed {}
    }

    private static final byte[] PDF_MARK = "%PDF-".getBytes(StandardCharsets.US_ASCII);
    private static final int SNIFFED_BYTES = 1024;
    private static final int MAX_PDF_PAGES = 5_000;
    private static final Charset GB18030 = Charset.forName("GB18030");
    private static final String HIDDEN = "script, style, noscript, template, nav, header nav, footer, svg, iframe";
    private static final List<String> SUFFIXES = List.of(".txt", ".text", ".md", ".markdown", ".html", ".htm", ".pdf");

    private final int maxBytes;
    private final Parser markdown = Parser.builder().build();
    private final TextContentRenderer plainText = TextContentRenderer.builder()
            .lineBreakRendering(LineBreakRendering.SEPARATE_BLOCKS)
            .build();

    /// @param maxBytes size above which a file is refused
    public DocumentParser(int maxBytes) {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + " is below 1");
        }
        this.maxBytes = maxBytes;
    }

    /// Whether the name's ending is one that is read: txt, md, html or pdf.
    static boolean knows(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return SUFFIXES.stream().anyMatch(lower::endsWith);
    }

    /// The document in `bytes`.
    ///
    /// @param name the file's path within its folder; becomes the document's id, and its last part the
    ///     title of last resort
    public Parsed parse(String name, byte[] bytes) {
        if (bytes.length > maxBytes) {
            return new Parsed.Unreadable(
                    "the file has " + bytes.length + " bytes, more than the " + maxBytes + " allowed");
        }
        try {
            if (startsWith(bytes, PDF_MARK)) {
                return pdf(name, bytes);
            }
            if (name.toLowerCase(Locale.ROOT).endsWith(".pdf")) {
                return new Parsed.Unreadable("the file is named as a PDF but does not start with %PDF-");
            }
            var text = decode(bytes);
            if (text.isEmpty()) {
                return new Parsed.Unreadable("the file is not text in UTF-8, UTF-16 or GB18030");
            }
            return text(name, text.get());
        } catch (IllegalArgumentException unfit) {
            return new Parsed.Unreadable("the file has no text to index");
        }
    }

    /// The document of a text that needs no parsing; its bound is on characters.
    Parsed accept(String id, String title, String text) {
        if (text.length() > maxBytes) {
            return new Parsed.Unreadable(
                    "the text has " + text.length() + " characters, more than the " + maxBytes + " allowed");
        }
        try {
            return read(id, title, text);
        } catch (IllegalArgumentException unfit) {
            return new Parsed.Unreadable(String.valueOf(unfit.getMessage()));
        }
    }

    private Parsed text(String name, String text) {
        var lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".html") || lower.endsWith(".htm") || looksLikeHtml(text)) {
            return html(name, text);
        }
        if (lower.endsWith(".md") || lower.endsWith(".markdown")) {
            return markdown(name, text);
        }
        return read(name, stem(name), text);
    }

    private Parsed markdown(String name, String text) {
        var tree = markdown.parse(text);
        return read(name, firstHeading(tree).orElseGet(() -> stem(name)), plainText.render(tree));
    }

    private Optional<String> firstHeading(Node tree) {
        var found = new Heading[1];
        tree.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                if (found[0] == null) {
                    found[0] = heading;
                }
            }
        });
        return Optional.ofNullable(found[0]).map(plainText::render).filter(title -> !title.isBlank());
    }

    private static Parsed html(String name, String text) {
        var page = Jsoup.parse(text);
        page.select(HIDDEN).remove();
        var title = Optional.of(page.title())
                .filter(given -> !given.isBlank())
                .or(() -> Optional.ofNullable(page.selectFirst("h1")).map(Element::text))
                .orElseGet(() -> stem(name));
        return read(name, title, blocks(page.body()));
    }

    /// The text below an element with a blank line between blocks, which is where a chunk prefers to end.
    private static String blocks(Element body) {
        var out = new StringBuilder();
        body.traverse(new NodeVisitor() {
            @Override
            public void head(org.jsoup.nodes.Node node, int depth) {
                if (node instanceof TextNode text) {
                    append(text.text());
                } else if (node instanceof Element element) {
                    if (element.nameIs("br")) {
                        out.append('\n');
                    } else if (isBlock(element)) {
                        breakBlock();
                    } else if (isCell(element)) {
                        append(" ");
                    }
                }
            }

            @Override
            public void tail(org.jsoup.nodes.Node node, int depth) {
                if (node instanceof Element element && isBlock(element)) {
                    breakBlock();
                }
            }

            private boolean isBlock(Element element) {
                return element.isBlock() && !isCell(element);
            }

            private boolean isCell(Element element) {
                return element.nameIs("td") || element.nameIs("th");
            }

            private void append(String text) {
                boolean atGap = out.isEmpty() || Character.isWhitespace(out.charAt(out.length() - 1));
                out.append(atGap ? text.stripLeading() : text);
            }

            private void breakBlock() {
                int end = out.length();
                while (end > 0 && Character.isWhitespace(out.charAt(end - 1))) {
                    end--;
                }
                out.setLength(end);
                if (end > 0) {
                    out.append("\n\n");
                }
            }
        });
        return out.toString().strip();
    }

    private static Parsed pdf(String name, byte[] bytes) {
        try (PDDocument pdf = Loader.loadPDF(bytes)) {
            if (pdf.getNumberOfPages() > MAX_PDF_PAGES) {
                return new Parsed.Unreadable("the PDF has " + pdf.getNumberOfPages() + " pages, more than the "
                        + MAX_PDF_PAGES + " allowed");
            }
            var stripper = new PDFTextStripper();
            stripper.setSortByPosition(true);
            stripper.setParagraphEnd("\n");
            var text = stripper.getText(pdf);
            if (text.isBlank()) {
                return new Parsed.Unreadable("the PDF has no text layer; scanned pages need text recognition first");
            }
            var title = Optional.ofNullable(pdf.getDocumentInformation().getTitle())
                    .filter(given -> !given.isBlank())
                    .orElseGet(() -> stem(name));
            return read(name, title, text);
        } catch (InvalidPasswordException locked) {
            return new Parsed.Unreadable("the PDF is locked by a password");
        } catch (IOException | RuntimeException broken) {
            // the PDF library answers a broken file with either kind
            return new Parsed.Unreadable("the PDF is damaged: " + firstLine(broken));
        }
    }

    private static Parsed read(String name, String title, String text) {
        return new Parsed.Read(new Document(name, title, text));
    }

    private static boolean looksLikeHtml(String text) {
        var head = text.substring(0, Math.min(text.length(), SNIFFED_BYTES))
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        return head.startsWith("<!doctype html") || head.startsWith("<html");
    }

    /// The text, or empty when the bytes are none: a NUL byte or bytes that no supported encoding has.
    private static Optional<String> decode(byte[] bytes) {
        if (startsWith(bytes, new byte[] {(byte) 0xFE, (byte) 0xFF})
                || startsWith(bytes, new byte[] {(byte) 0xFF, (byte) 0xFE})) {
            return decode(bytes, StandardCharsets.UTF_16);
        }
        for (byte b : bytes) {
            if (b == 0) {
                return Optional.empty();
            }
        }
        return decode(bytes, StandardCharsets.UTF_8).or(() -> decode(bytes, GB18030));
    }

    private static Optional<String> decode(byte[] bytes, Charset charset) {
        try {
            return Optional.of(charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException other) {
            return Optional.empty();
        }
    }

    private static boolean startsWith(byte[] bytes, byte[] mark) {
        if (bytes.length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (bytes[i] != mark[i]) {
                return false;
            }
        }
        return true;
    }

    private static String stem(String name) {
        var last = name.substring(name.lastIndexOf('/') + 1);
        int dot = last.lastIndexOf('.');
        return dot > 0 ? last.substring(0, dot) : last;
    }

    private static String firstLine(Throwable thrown) {
        var message = String.valueOf(thrown.getMessage());
        return message.lines().findFirst().orElse("unreadable structure");
    }
}
