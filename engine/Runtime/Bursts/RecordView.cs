using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// What the activities of one burst see of the records, and how they change the one that the instance belongs to: they
/// change <see cref="Subject"/>, a copy of the burst's own, and the difference becomes rows when the burst is committed.
/// </summary>
public sealed class RecordView
{
    private readonly Find find;
    private readonly Func<string, CancellationToken, Task<bool>> hasRole;
    private readonly SortedDictionary<string, string> materials = new(StringComparer.Ordinal);

    internal RecordView(InstanceStore store, Guid tenantId, ChangeContext context, RecordType? subjectType, Record? before, Record? subject)
        : this(
            (type, id, fresh, ct) => store.FindRelatedAsync(tenantId, type, id, fresh, ct), (name, ct) => store.HasRoleAsync(tenantId, name, ct),
            tenantId, context, subjectType, before, subject)
    {
    }

    /// <param name="find">Other records than the subject; null for one that is not there.</param>
    internal RecordView(
        Find find, Func<string, CancellationToken, Task<bool>> hasRole, Guid tenantId, ChangeContext context, RecordType? subjectType, Record? before, Record? subject)
    {
        this.find = find;
        this.hasRole = hasRole;
        TenantId = tenantId;
        Context = context;
        SubjectType = subjectType;
        Before = before;
        Subject = subject;
    }

    public Guid TenantId { get; }

    public ChangeContext Context { get; private set; }

    public DateTimeOffset Now => Context.At;

    /// <summary>Null when the instance belongs to no record.</summary>
    public RecordType? SubjectType { get; }

    /// <summary>The record that the instance belongs to, as this burst has changed it so far; null when it has none or the record is gone.</summary>
    public Record? Subject { get; }

    /// <summary>The subject as it is stored; null while it is being created.</summary>
    internal Record? Before { get; }

    /// <summary>The artefacts used besides the definition: <c>kind/key</c> and hash.</summary>
    internal IReadOnlyDictionary<string, string> Materials => materials;

    /// <summary>Any record of the tenant, as stored, without its computed fields; the subject as this burst has changed it. Others share it: it must not be changed.</summary>
    public ValueTask<Record?> FindAsync(RecordType type, Guid id, CancellationToken ct) =>
        Subject is not null && type == SubjectType && id == Subject.Id
            ? new ValueTask<Record?>(Subject)
            : find(type, id, fresh: false, ct);

    /// <summary>As <see cref="FindAsync"/> for another record than the subject, but never what another node has changed or deleted since.</summary>
    internal ValueTask<Record?> FindNowAsync(RecordType type, Guid id, CancellationToken ct) => find(type, id, fresh: true, ct);

    internal Task<bool> HasRoleAsync(string name, CancellationToken ct) => hasRole(name, ct);

    /// <summary>Notes on the burst's bill of materials that it used this version of an artefact.</summary>
    /// <param name="artefact"><c>template/loa-request</c>.</param>
    public void Used(string artefact, string hash) => materials[artefact] = hash;

    /// <summary>What this burst changes, it changes because of this decision.</summary>
    public void Decided(Guid decisionId) => Context = Context with { DecisionId = decisionId };

    /// <param name="fresh">Not from memory, which may be behind other nodes.</param>
    internal delegate ValueTask<Record?> Find(RecordType type, Guid id, bool fresh, CancellationToken ct);

    /// <summary>A copy whose changes the original does not see.</summary>
    internal static Record Copy(RecordType type, Record record)
    {
        var copy = type.Create();
        copy.Id = record.Id;
        copy.TenantId = record.TenantId;
        copy.Version = record.Version;
        copy.CreatedAt = record.CreatedAt;
        copy.UpdatedAt = record.UpdatedAt;
        copy.Custom = (JsonObject?)record.Custom?.DeepClone();
        foreach (var field in type.Fields)
            field.Set(copy, field.Get(record) is JsonNode json ? json.DeepClone() : field.Get(record));
        return copy;
    }
}
