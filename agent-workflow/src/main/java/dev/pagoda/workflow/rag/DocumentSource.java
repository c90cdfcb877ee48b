package dev.pagoda.workflow.rag;

import dev.pagoda.workflow.api.IngestReport.Problem;
import java.util.List;

/// Where the documents of one ingestion come from.
sealed interface DocumentSource {

    /// One document, or why there is none.
    sealed interface Outcome {
        /// It was read.
        record Read(Document document) implements Outcome {}

        /// It was not; `document` names it.
        record Failed(Problem problem) implements Outcome {}
    }

    /// The outcome of parsing a document of this name.
    static Outcome outcome(String name, DocumentParser.Parsed parsed) {
        return switch (parsed) {
            case DocumentParser.Parsed.Read(var document) -> new Outcome.Read(document);
            case DocumentParser.Parsed.Unreadable(var reason) -> new Outcome.Failed(new Problem(name, reason));
        };
    }

    /// Names the place, so that what is gone from it can be told from what never was in it.
    String origin();

    /// How many documents there are to read.
    int size();

    /// What was left out from the start.
    List<Problem> leftOut();

    /// The document at `index`; may block.
    Outcome read(int index);

    /// Documents that a client sent with its request; they replace others of their ids and remove none.
    record Sent(DocumentParser parser, List<Upload> uploads) implements DocumentSource {
        public Sent {
            uploads = List.copyOf(uploads);
        }

        @Override
        public String origin() {
            return "";
        }

        @Override
        public int size() {
            return uploads.size();
        }

        @Override
        public List<Problem> leftOut() {
            return List.of();
        }

        @Override
        public Outcome read(int index) {
            return switch (uploads.get(index)) {
                case Upload.Text(var document) ->
                    outcome(document.id(), parser.accept(document.id(), document.title(), document.text()));
                case Upload.File(var name, var bytes) -> outcome(name, parser.parse(name, bytes));
            };
        }
    }

    /// The files of a folder, which stand for all that there is of it.
    record Folder(FolderReader reader, FolderReader.Listing.Found listing) implements DocumentSource {
        @Override
        public String origin() {
            return listing.folder().toString();
        }

        @Override
        public int size() {
            return listing.files().size();
        }

        @Override
        public List<Problem> leftOut() {
            return listing.problems();
        }

        @Override
        public Outcome read(int index) {
            return reader.read(listing.folder(), listing.files().get(index));
        }
    }
}
