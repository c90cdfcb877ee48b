package dev.pagoda.registry.api;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Topic;

/// Ports and topics of the model registry.
///
/// A model that the caller may not see does not exist for it: `NOT_FOUND`, code `model_not_found`. Changes need
/// a member of the owning tenant or an administrator, else `FORBIDDEN`. A change is answered once it is
/// durable.
public final class Registry {
    /// The models that the caller may see.
    public static final Port<ListModels, ModelsReply> MODELS =
            Port.of("registry.models", ListModels.class, ModelsReply.class);

    public static final Port<FindModel, RegisteredModel> MODEL =
            Port.of("registry.model", FindModel.class, RegisteredModel.class);

    /// The version that a client means; answered from memory, fit for every request.
    public static final Port<ResolveModel, ModelVersion> RESOLVE =
            Port.of("registry.resolve", ResolveModel.class, ModelVersion.class);

    public static final Port<RegisterModel, RegisteredModel> REGISTER =
            Port.of("registry.register", RegisterModel.class, RegisteredModel.class);

    public static final Port<RegisterVersion, RegisteredModel> REGISTER_VERSION =
            Port.of("registry.register-version", RegisterVersion.class, RegisteredModel.class);

    public static final Port<SetAlias, RegisteredModel> SET_ALIAS =
            Port.of("registry.set-alias", SetAlias.class, RegisteredModel.class);

    public static final Port<SetTags, RegisteredModel> SET_TAGS =
            Port.of("registry.set-tags", SetTags.class, RegisteredModel.class);

    public static final Port<SetAccess, RegisteredModel> SET_ACCESS =
            Port.of("registry.set-access", SetAccess.class, RegisteredModel.class);

    public static final Port<ServeVersion, ModelVersion> SERVE =
            Port.of("registry.serve", ServeVersion.class, ModelVersion.class);

    public static final Port<UnserveVersion, ModelVersion> UNSERVE =
            Port.of("registry.unserve", UnserveVersion.class, ModelVersion.class);

    /// What is marked for serving now. Subscribe to [#SERVING_CHANGED] first, then ask, to miss nothing.
    public static final Port<ListServing, ServingReply> SERVING =
            Port.of("registry.serving", ListServing.class, ServingReply.class);

    /// What a file of the tenant is; `file_not_found` when it has none of this id.
    public static final Port<FindFile, StoredFile> FILE = Port.of("registry.file", FindFile.class, StoredFile.class);

    /// A file of the tenant with what is in it.
    public static final Port<FindFile, FileContent> FILE_CONTENT =
            Port.of("registry.file-content", FindFile.class, FileContent.class);

    /// Keeps a file; answered when it is on disk.
    public static final Port<KeepFile, StoredFile> KEEP_FILE =
            Port.of("registry.keep-file", KeepFile.class, StoredFile.class);

    public static final Port<StatusQuery, RegistryStatus> STATUS =
            Port.of("registry.status", StatusQuery.class, RegistryStatus.class);

    /// A version is to be served, served differently, or served no more; published once that is durable.
    public static final Topic<ServingChanged> SERVING_CHANGED =
            Topic.of("registry.serving-changed", ServingChanged.class);

    private Registry() {}
}
