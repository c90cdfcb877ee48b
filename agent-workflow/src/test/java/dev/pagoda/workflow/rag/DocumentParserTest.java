package dev.pagoda.workflow.rag;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.workflow.rag.DocumentParser.Parsed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.junit.jupiter.api.Test;

final class DocumentParserTest {
    private final DocumentParser parser = new DocumentParser(100_000);

    @Test
    void readsPlainTextWithTheFileNameAsTitle() {
        var document = read("faq/opening hours.txt", "\uFEFFWe open at nine.\r\nWe close at six.".getBytes(UTF_8));
        assertEquals(
                new Document("faq/opening hours.txt", "opening hours", "We open at nine.\nWe close at six."), document);
    }

    @Test
    void readsChineseTextInItsCustomaryEncodings() {
        var text = "我们的营业时间是上午九点到下午六点。";
        assertEquals(
                text, read("a.txt", text.getBytes(Charset.forName("GB18030"))).text());
        assertEquals(text, read("b.txt", ("\uFEFF" + text).getBytes(UTF_16LE)).text());
        assertEquals(Language.ZH, read("c.txt", text.getBytes(UTF_8)).language());
    }

    @Test
    void readsMarkdownAsTheTextAReaderSees() {
        var markdown =
                "# Returns *policy*\n\nYou have **30 days**, see [terms](https://example.org/t).\n\n- keep the box\n";
        var document = read("returns.md", markdown.getBytes(UTF_8));
        assertEquals("Returns policy", document.title());
        assertTrue(document.text().contains("You have 30 days"), document.text());
        assertFalse(document.text().contains("**"), document.text());
        assertTrue(document.text().contains("\n\n"), document.text());
    }

    @Test
    void readsHtmlByItsBlocksAndLeavesScriptsOut() {
        var html = "<html><head><title>Shipping</title><script>var secret=1</script></head><body><h1>Shipping</h1>"
                + "<p>Parcels leave   <b>daily</b>.</p><ul><li>Express</li></ul><table><tr><td>EU</td><td>3 days</td></tr></table></body></html>";
        var document = read("page.html", html.getBytes(UTF_8));
        assertEquals("Shipping", document.title());
        assertTrue(document.text().contains("Parcels leave daily.\n\nExpress"), document.text());
        assertTrue(document.text().contains("EU 3 days"), document.text());
        assertFalse(document.text().contains("secret"), document.text());
    }

    @Test
    void readsAPageAsHtmlWhateverItsNameSays() {
        var document = read("page.txt", "<!DOCTYPE html><title>T</title><p>Hello there</p>".getBytes(UTF_8));
        assertEquals("Hello there", document.text());
    }

    @Test
    void readsPdfWithItsTitle() throws IOException {
        var document = read("manual.pdf", pdf("Press the green button.", false));
        assertEquals("The manual", document.title());
        assertTrue(document.text().contains("Press the green button."), document.text());
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        assertReason("password", "locked.pdf", pdf("secret", true));
        assertReason("no text layer", "empty.pdf", pdf("", false));
        assertReason("damaged", "torn.pdf", "%PDF-1.7\ngarbage".getBytes(UTF_8));
        assertReason("%PDF-", "fake.pdf", "hello".getBytes(UTF_8));
        assertReason("not text", "binary.txt", new byte[] {1, 0, 2});
        assertReason("not text", "broken.txt", new byte[] {(byte) 0xFF, (byte) 0xFF});
        assertReason("no text", "blank.md", "  \n".getBytes(UTF_8));
        assertReason("100001 bytes", "big.txt", new byte[100_001]);
    }

    private Document read(String name, byte[] bytes) {
        return assertInstanceOf(Parsed.Read.class, parser.parse(name, bytes)).document();
    }

    private void assertReason(String part, String name, byte[] bytes) {
        var reason = assertInstanceOf(Parsed.Unreadable.class, parser.parse(name, bytes))
                .reason();
        assertTrue(reason.contains(part), reason);
    }

    private static byte[] pdf(String text, boolean locked) throws IOException {
        try (var pdf = new PDDocument()) {
            var page = new PDPage();
            pdf.addPage(page);
            pdf.getDocumentInformation().setTitle("The manual");
            try (var content = new PDPageContentStream(pdf, page)) {
                content.beginText();
                content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                content.newLineAtOffset(72, 700);
                content.showText(text);
                content.endText();
            }
            if (locked) {
                pdf.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            }
            var out = new ByteArrayOutputStream();
            pdf.save(out);
            return out.toByteArray();
        }
    }
}
