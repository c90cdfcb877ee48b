package dev.pagoda.registry.model;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelAccess;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.RegisteredModel;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// All models in memory, and who may see which.
///
/// The owner, the tenants that were let in and administrators see a model; for everybody else it does not
/// exist. One owner's thread. A look-up by name is logarithmic, one by Hugging Face id linear in the models.
public final class Catalogue {
    private static final String PRODUCTION = "production";

    private final TreeMap<String, RegisteredModel> byName = new TreeMap<>();

    /// Adds a model or puts it in the place of the one of its name.
    public void put(RegisteredModel model) {
        byName.put(model.name(), model);
    }

    public Collection<RegisteredModel> all() {
        return byName.values();
    }

    /// What the principal may see, by name; other tenants' names are left out of the access lists.
    public List<RegisteredModel> visibleTo(Principal principal) {
        return visible(principal).map(model -> shownTo(principal, model)).toList();
    }

    /// The model that is meant.
    ///
    /// @throws Refused `NOT_FOUND` if there is none that the principal may see
    public RegisteredModel find(String reference, Principal principal) {
        return ModelReference.parse(reference)
                .flatMap(parsed -> named(parsed.name(), principal))
                .orElseThrow(() -> unknown(reference));
    }

    /// The version that is meant, by the rule of [dev.pagoda.registry.api.ResolveModel].
    ///
    /// @throws Refused `NOT_FOUND` if there is no such model that the principal may see, or no such version or
    ///     alias
    public ModelVersion resolve(String reference, Principal principal) {
        ModelReference parsed = ModelReference.parse(reference).orElseThrow(() -> unknown(reference));
        RegisteredModel model = named(parsed.name(), principal).orElseThrow(() -> unknown(reference));
        if (parsed.version().isPresent()) {
            int number = parsed.version().getAsInt();
            return model.version(number)
                    .orElseThrow(() -> absent("version " + number, model, "its newest is " + newest(model)));
        }
        if (parsed.alias().isPresent()) {
            String alias = parsed.alias().get();
            return model.aliased(alias)
                    .orElseThrow(() -> absent(
                            "alias '" + alias + "'",
                            model,
                            "it has " + model.aliases().keySet()));
        }
        return model.aliased(PRODUCTION).or(() -> newestServed(model)).orElseGet(model::newest);
    }

    /// Versions marked for serving that the principal may see, by model and version.
    public List<ModelVersion> serving(Principal principal) {
        return visible(principal)
                .flatMap(model -> model.versions().stream())
                .filter(ModelVersion::isServed)
                .toList();
    }

    /// A model as the principal may see it.
    public static RegisteredModel shownTo(Principal principal, RegisteredModel model) {
        if (mayChange(principal, model) || model.access().tenants().isEmpty()) {
            return model;
        }
        List<String> own = model.access().tenants().stream()
                .filter(principal.tenant()::equals)
                .toList();
        return new RegisteredModel(
                model.name(),
                model.huggingFaceId(),
                model.publisher(),
                model.tenant(),
                model.task(),
                new ModelAccess(model.access().everyone(), own),
                model.createdMicros(),
                model.aliases(),
                model.versions());
    }

    static boolean mayChange(Principal principal, RegisteredModel model) {
        return principal.isAdmin() || principal.tenant().equals(model.tenant());
    }

    private static boolean maySee(Principal principal, RegisteredModel model) {
        return mayChange(principal, model) || model.access().admits(principal.tenant());
    }

    private Stream<RegisteredModel> visible(Principal principal) {
        return byName.values().stream().filter(model -> maySee(principal, model));
    }

    /// A name goes before a Hugging Face id; of several models with one id the oldest is meant.
    private Optional<RegisteredModel> named(String lowerName, Principal principal) {
        RegisteredModel model = byName.get(lowerName);
        if (model != null) {
            return Optional.of(model).filter(found -> maySee(principal, found));
        }
        return visible(principal)
                .filter(other -> other.huggingFaceId().toLowerCase(Locale.ROOT).equals(lowerName))
                .min(Comparator.comparingLong(RegisteredModel::createdMicros).thenComparing(RegisteredModel::name));
    }

    private static Optional<ModelVersion> newestServed(RegisteredModel model) {
        return model.versions().reversed().stream()
                .filter(ModelVersion::isServed)
                .findFirst();
    }

    private static int newest(RegisteredModel model) {
        return model.newest().version();
    }

    private static Refused unknown(String reference) {
        return new Refused(Reason.NOT_FOUND, "model_not_found", "there is no model '" + shortened(reference) + "'");
    }

    private static Refused absent(String what, RegisteredModel model, String instead) {
        return new Refused(
                Reason.NOT_FOUND, "model_not_found", "model " + model.name() + " has no " + what + "; " + instead);
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
