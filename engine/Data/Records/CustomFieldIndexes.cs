using Npgsql;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// Makes and drops the indexes of tenants' own fields, as the owner of the tables and without locking writes out. Each
/// holds one tenant's records only, and bears the id of the field's definition.
/// </summary>
/// <param name="ownerConnectionString">The one that <see cref="Migrator"/> was given.</param>
public sealed class CustomFieldIndexes(string ownerConnectionString)
{
    /// <summary>Any number that nobody else takes for an advisory lock: one index is made at a time in the whole service.</summary>
    private const long Lock = 0x5377_4669_656c_6473;

    private readonly string connectionString =
        new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString;

    /// <summary>Reads the whole table twice; writers go on meanwhile. What an earlier attempt left behind is replaced.</summary>
    /// <exception cref="ProblemException">422 <c>values_too_long</c>: a record has a value that no index can hold.</exception>
    public async Task CreateAsync(Guid tenantId, RecordType type, CustomField field, CancellationToken ct)
    {
        var expression = QueryField.Find(type, new CustomFields([field], []), $"custom.{field.Name}")!.Sql.Replace("r.", "", StringComparison.Ordinal);
        var columns = field.Kind == CustomFieldKind.Multiselect ? $"using gin ({expression})" : $"(tenant_id, {expression}, id)";
        await using var connection = await OpenAsync(ct);
        if (await IsValidAsync(connection, field.Id, ct))
            return;
        await ExecuteAsync(connection, $"drop index concurrently if exists {NameOf(field.Id)}", ct);
        try
        {
            await ExecuteAsync(connection, $"create index concurrently {NameOf(field.Id)} on {type.Table} {columns} where tenant_id = '{tenantId}'", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ProgramLimitExceeded)
        {
            await ExecuteAsync(connection, $"drop index concurrently if exists {NameOf(field.Id)}", ct);
            throw new ProblemException(422, "values_too_long", $"A record of {type.Name} has too long a value in {field.Name} for an index: shorten it first.");
        }
    }

    public async Task DropAsync(Guid fieldId, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await ExecuteAsync(connection, $"drop index concurrently if exists {NameOf(fieldId)}", ct);
    }

    /// <summary>
    /// Makes what is missing and drops what is left over after a node died between a definition and its index. Run at start.
    /// </summary>
    public async Task ReconcileAsync(Database database, CancellationToken ct)
    {
        var wanted = new List<(Guid TenantId, RecordType Type, CustomField Field)>();
        await using (var command = database.Engine.CreateCommand("select tenant_id, id, record_type, name, kind from fields where indexed"))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                if (RecordTypes.Find(reader.GetString(2)) is not { } type)
                    continue;
                wanted.Add((reader.GetGuid(0), type, new CustomField
                {
                    Id = reader.GetGuid(1),
                    Name = reader.GetString(3),
                    Label = reader.GetString(3),
                    Kind = Enum.Parse<CustomFieldKind>(reader.GetString(4), ignoreCase: true),
                    Indexed = true,
                }));
            }
        }
        var existing = await ExistingAsync(ct);
        foreach (var name in existing.Except(wanted.Select(index => NameOf(index.Field.Id))))
        {
            await using var connection = await OpenAsync(ct);
            await ExecuteAsync(connection, $"drop index concurrently if exists {name}", ct);
        }
        foreach (var (tenantId, type, field) in wanted.Where(index => !existing.Contains(NameOf(index.Field.Id))))
            await CreateAsync(tenantId, type, field, ct);
    }

    public static string NameOf(Guid fieldId) => $"custom_field_{fieldId:N}";

    private async Task<HashSet<string>> ExistingAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var command = new NpgsqlCommand("""
            select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
            where c.relnamespace = current_schema()::regnamespace and c.relname ~ '^custom_field_[0-9a-f]{32}$' and i.indisvalid
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new HashSet<string>();
        while (await reader.ReadAsync(ct))
            names.Add(reader.GetString(0));
        return names;
    }

    private static async Task<bool> IsValidAsync(NpgsqlConnection connection, Guid fieldId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select indisvalid from pg_index where indexrelid = to_regclass($1)", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = NameOf(fieldId) } },
        };
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", ct);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
