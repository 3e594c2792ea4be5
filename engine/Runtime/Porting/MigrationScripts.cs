using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Templates;

namespace Switchboard.Runtime.Porting;

/// <summary>PowerShell for a migration, written by a template whose key begins with <c>teams-</c> and kept as a record.</summary>
public sealed class MigrationScripts(Database database, RecordReader records, TemplateLibrary templates, GroupCommitter committer)
{
    /// <param name="also">Adds rows to the same step, such as an idempotency key.</param>
    /// <exception cref="ProblemException">404 for the migration, 422 for the template.</exception>
    public async Task<GeneratedScript> GenerateAsync(
        Guid tenantId, Guid migrationId, string template, ChangeContext context, Action<Step, GeneratedScript>? also, CancellationToken ct)
    {
        var type = RecordTypes.Of<Migration>();
        var migration = (Migration?)await records.GetAsync(tenantId, type, migrationId, ct) ?? throw ProblemException.NotFound(type, migrationId);
        if (templates.Find(tenantId, template) is not var (found, hash) || found.Target != TemplateTarget.PowerShell)
            throw ProblemException.Invalid([new FieldError("template", "unknown_template", $"There is no script template {template}.")]);

        var model = await ModelAsync(tenantId, migration, ct);
        var script = new GeneratedScript
        {
            Id = Guid.CreateVersion7(context.At),
            TenantId = tenantId,
            MigrationId = migrationId,
            Template = template,
            TemplateHash = hash,
            Name = $"{template}.ps1",
            Content = found.Render(model),
        };
        var step = new Step(tenantId);
        RecordChanges.Create(step, RecordTypes.Of<GeneratedScript>(), script, context);
        also?.Invoke(step, script);
        await committer.CommitAsync(step, ct);
        return script;
    }

    /// <summary>What a script template sees of a migration.</summary>
    internal async Task<JsonObject> ModelAsync(Guid tenantId, Migration migration, CancellationToken ct)
    {
        var model = new JsonObject
        {
            ["migration"] = JsonNode.Parse(Encoding.UTF8.GetString(RecordJson.ToUtf8(RecordTypes.Of<Migration>(), migration))),
            ["assignments"] = await ReadAsync(tenantId, migration.Id, """
                select coalesce(u.upn, a.upn) as identity, n.number
                from phone_numbers n
                left join end_users u on u.tenant_id = n.tenant_id and u.id = n.end_user_id
                left join resource_accounts a on a.tenant_id = n.tenant_id and a.id = n.resource_account_id
                where n.tenant_id = current_tenant() and n.migration_id = $1 and n.status <> 'failed' and coalesce(u.upn, a.upn) is not null
                order by n.number
                """, ct),
            ["resourceAccounts"] = await ReadAsync(tenantId, migration.Id, """
                select upn, display_name as "displayName", type from resource_accounts
                where tenant_id = current_tenant() and migration_id = $1 order by upn
                """, ct),
        };
        model["migration"]!["isOperatorConnect"] = migration.RoutingType == "operator_connect";
        return model;
    }

    private Task<JsonArray> ReadAsync(Guid tenantId, Guid migrationId, string sql, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = migrationId } } };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var rows = new JsonArray();
            while (await reader.ReadAsync(token))
            {
                rows.Add(new JsonObject(Enumerable.Range(0, reader.FieldCount)
                    .Select(i => KeyValuePair.Create(reader.GetName(i), reader.IsDBNull(i) ? null : (JsonNode?)reader.GetString(i)))));
            }
            return rows;
        }, ct);
    }
}
