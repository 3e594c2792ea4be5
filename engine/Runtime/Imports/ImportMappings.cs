using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;

namespace Switchboard.Runtime.Imports;

/// <summary>A mapping that an import has used, and that is offered for the next file with the same columns.</summary>
/// <param name="Shape">What <see cref="ImportMappings.ShapeOf"/> says of the file.</param>
/// <param name="Name">Null for the last one that nobody has named: the next other one takes its place.</param>
public sealed record ImportMapping(
    Guid Id, string RecordType, string Shape, string? Name, JsonObject Mapping, DateTimeOffset UsedAt, DateTimeOffset CreatedAt, long Version)
{
    internal object?[] Row(Guid tenantId) => [tenantId, Id, RecordType, Shape, Name, Mapping.ToJsonString(), UsedAt, CreatedAt, Version];
}

/// <summary>
/// The mappings of a tenant, by record type and by the set of the file's columns. Of each set there are those that somebody
/// has named and one without a name, which is what was done last.
/// </summary>
public sealed class ImportMappings(Database database, GroupCommitter committer, TimeProvider time)
{
    private const int MostName = 100;

    /// <summary>Of each set of columns one mapping has no name, and names are taken once.</summary>
    internal const string OneAtATime = "import_mappings_name_once";

    /// <summary>64 hexadecimal digits, the same for the same columns in whatever order they are.</summary>
    public static string ShapeOf(IReadOnlyList<string> header) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', header.Where(name => !ColumnMapping.Reasons.Contains(name)).Order(StringComparer.Ordinal)))));

    /// <summary>Those of a type, and of a shape where one is given; the last used first.</summary>
    public Task<List<ImportMapping>> ListAsync(Guid tenantId, string recordType, string? shape, CancellationToken ct) =>
        ReadAsync(tenantId, "record_type = $1 and ($2::text is null or shape = $2)", ct, recordType, (object?)shape ?? DBNull.Value);

    public async Task<ImportMapping?> GetAsync(Guid tenantId, Guid id, CancellationToken ct) =>
        (await ReadAsync(tenantId, "id = $1 and $2::text is null", ct, id, DBNull.Value)).SingleOrDefault();

    /// <summary>
    /// Adds to the step with which an import begins what it uses. The step is refused, or breaks <see cref="OneAtATime"/>, when
    /// another import of such a file has begun meanwhile; then it is made anew.
    /// </summary>
    internal async Task RememberAsync(Step step, string recordType, IReadOnlyList<string> header, JsonObject mapping, CancellationToken ct)
    {
        var (shape, now) = (ShapeOf(header), FieldText.Microseconds(time.GetUtcNow()));
        var known = await ListAsync(step.TenantId, recordType, shape, ct);
        var before = known.Find(one => JsonNode.DeepEquals(one.Mapping, mapping)) ?? known.Find(one => one.Name is null);
        if (before is null)
            step.Insert(SystemTables.ImportMappings, new ImportMapping(Guid.CreateVersion7(now), recordType, shape, null, mapping, now, now, 1).Row(step.TenantId));
        else
            step.Update(SystemTables.ImportMappings, (before with { Mapping = mapping, UsedAt = now, Version = before.Version + 1 }).Row(step.TenantId), before.Version);
    }

    /// <param name="also">Adds to the step: an idempotency key.</param>
    /// <exception cref="ProblemException">422 when the name is none, or taken.</exception>
    public async Task<ImportMapping> NameAsync(
        Guid tenantId, ImportMapping before, string name, ChangeContext context, Action<Step, ImportMapping> also, CancellationToken ct)
    {
        if (name.Trim().Length is 0 or > MostName)
            throw ProblemException.Invalid([new Domain.FieldError("name", "invalid_value", $"name is text of 1 to {MostName} characters.")]);
        var after = before with { Name = name.Trim(), Version = before.Version + 1 };
        var step = new Step(tenantId);
        step.Update(SystemTables.ImportMappings, after.Row(tenantId), before.Version);
        RecordChanges.Audit(step, "import-mappings", before.Id, context);
        also(step, after);
        try
        {
            return await committer.CommitAsync(step, ct) == StepOutcome.Committed ? after : throw Changed();
        }
        catch (PostgresException e) when (e.ConstraintName == OneAtATime)
        {
            throw ProblemException.Invalid([new Domain.FieldError("name", "name_taken", $"There is already a mapping called {after.Name} for such files. Choose another name.")]);
        }
    }

    public async Task ForgetAsync(Guid tenantId, ImportMapping before, ChangeContext context, CancellationToken ct)
    {
        var step = new Step(tenantId);
        step.Delete(SystemTables.ImportMappings, before.Id, before.Version);
        RecordChanges.Audit(step, "import-mappings", before.Id, context);
        if (await committer.CommitAsync(step, ct) != StepOutcome.Committed)
            throw Changed();
    }

    private static ProblemException Changed() => new(409, "changed_meanwhile", "An import has just used the mapping. Read it again.");

    private Task<List<ImportMapping>> ReadAsync(Guid tenantId, string condition, CancellationToken ct, params object[] values)
    {
        var command = new NpgsqlBatchCommand(
            $"select id, record_type, shape, name, mapping, used_at, created_at, version from import_mappings where {condition} order by used_at desc, id desc");
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<ImportMapping>();
            while (await reader.ReadAsync(token))
            {
                found.Add(new ImportMapping(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), JsonNode.Parse(reader.GetString(4))!.AsObject(),
                    reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(7)));
            }
            return found;
        }, ct);
    }
}
