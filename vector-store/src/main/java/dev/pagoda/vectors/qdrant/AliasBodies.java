package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.AliasChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the body of `POST /collections/aliases`.
final class AliasBodies {
    private static final int MAX_ACTIONS = 10_000;

    private AliasBodies() {}

    static List<AliasChange> changes(Map<String, @Nullable Object> body) {
        if (!(body.get("actions") instanceof List<?> actions)) {
            throw Faults.format(
                    body.containsKey("actions") ? "expected an array for actions" : "missing field `actions`");
        }
        if (actions.size() > MAX_ACTIONS) {
            throw Faults.validation("actions", actions.size() + " elements", "must be at most " + MAX_ACTIONS);
        }
        List<AliasChange> changes = new ArrayList<>(actions.size());
        for (int i = 0; i < actions.size(); i++) {
            changes.add(change(Fields.of(actions.get(i), "actions[" + i + "]")));
        }
        return changes;
    }

    private static AliasChange change(Fields action) {
        if (action.has("create_alias")) {
            Fields create = action.below("create_alias");
            return new AliasChange.Assign(create.text("alias_name"), create.text("collection_name"));
        }
        if (action.has("delete_alias")) {
            return new AliasChange.Remove(action.below("delete_alias").text("alias_name"));
        }
        if (action.has("rename_alias")) {
            Fields rename = action.below("rename_alias");
            return new AliasChange.Rename(rename.text("old_alias_name"), rename.text("new_alias_name"));
        }
        throw Faults.format("data did not match any variant of untagged enum AliasOperations");
    }
}
