using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Artefacts;

/// <summary>Artefacts as rows.</summary>
internal static class ArtefactRows
{
    /// <summary>Whoever names one of them may mean either.</summary>
    private static readonly string[] Deciding = ["decision", "ruleset"];

    public static Task<List<Artefact>> ReadAsync(Database database, Guid tenantId, string where, CancellationToken ct, params string?[] values)
    {
        var command = new NpgsqlBatchCommand($"""
            select id, kind, key, number, content, hash, comment, author, state, published_at, created_at, updated_at, version, effective_from, author_id
            from artefacts where tenant_id = current_tenant() and {where}
            """);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<Artefact>();
            while (await reader.ReadAsync(token))
            {
                found.Add(new Artefact(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetInt32(3), reader.GetString(4),
                    reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7), reader.GetString(8),
                    Instant(reader, 9), reader.GetFieldValue<DateTimeOffset>(10), reader.GetFieldValue<DateTimeOffset>(11), reader.GetInt64(12), Instant(reader, 13), reader.IsDBNull(14) ? null : reader.GetGuid(14)));
            }
            return found;
        }, ct);
    }

    public static object?[] RowOf(Guid tenantId, Artefact artefact, Guid? authorId) =>
    [
        tenantId, artefact.Id, artefact.Kind, artefact.Key, artefact.Number, artefact.Content, artefact.Hash, artefact.Comment, artefact.Author,
        authorId, artefact.State, artefact.EffectiveFrom, artefact.PublishedAt, artefact.CreatedAt, artefact.UpdatedAt, artefact.Version,
    ];

    public static void AddReferences(Step step, Artefact version, IEnumerable<ArtefactReference> references)
    {
        foreach (var (kind, key, place, _) in references.Distinct())
        {
            step.Insert(
                SystemTables.ArtefactReferences, step.TenantId, Guid.CreateVersion7(version.CreatedAt), version.Id, version.Kind, version.Key, version.Number!.Value,
                kind, key, place);
        }
    }

    /// <summary>The versions that count now or are scheduled, and name this.</summary>
    public static Task<List<ArtefactUsage>> UsagesAsync(Database database, Guid tenantId, string kind, string key, DateTimeOffset now, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select r.kind, r.key, r.number, case when coalesce(a.effective_from, a.published_at) > $3 then 'scheduled' else 'published' end, r.place
            from artefact_references r
            join artefacts a on a.tenant_id = r.tenant_id and a.id = r.artefact_id
            where r.tenant_id = current_tenant() and r.target_kind = any($1) and (r.target_key = $2 or starts_with(r.target_key, $2 || '.')) and a.state <> 'retracted'
              and not exists (
                select from artefacts b
                where b.tenant_id = a.tenant_id and b.kind = a.kind and b.key = a.key and b.number is not null
                  and coalesce(b.effective_from, b.published_at) <= $3
                  and (coalesce(b.effective_from, b.published_at), b.number) > (coalesce(a.effective_from, a.published_at), a.number))
            order by r.kind, r.key, r.number, r.place
            """)
        {
            Parameters = { new() { Value = kind is "decision" or "ruleset" ? Deciding : [kind] }, new() { Value = key }, new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<ArtefactUsage>();
            while (await reader.ReadAsync(token))
                found.Add(new ArtefactUsage(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetString(3), reader.GetString(4)));
            return found;
        }, ct);
    }

    /// <summary>Audit and event of a change of an artefact.</summary>
    public static void Account(Step step, string action, Artefact artefact, ChangeContext context)
    {
        var detail = new JsonObject
        {
            ["kind"] = artefact.Kind,
            ["key"] = artefact.Key,
            ["number"] = artefact.Number,
            ["hash"] = artefact.Hash,
        };
        if (artefact.EffectiveFrom is { } from)
            detail["effectiveFrom"] = FieldText.Format(from);
        var (text, at) = (detail.ToJsonString(), FieldText.Microseconds(context.At));
        step.Insert(
            SystemTables.Audit, step.TenantId, Guid.CreateVersion7(at), at, context.ActorId, context.Actor, action, "artefacts", artefact.Id, text, context.TraceId);
        step.Insert(SystemTables.Events, step.TenantId, Guid.CreateVersion7(at), action, "artefacts", artefact.Id, text, at);
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetFieldValue<DateTimeOffset>(at);
}
