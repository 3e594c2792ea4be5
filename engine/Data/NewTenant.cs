using System.Text.Json.Nodes;

using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Webhooks;

namespace Switchboard.Data;

/// <summary>A tenant with the roles that ship: what there is before anybody belongs to it.</summary>
public static class NewTenant
{
    public const string AdminRole = "admin";

    /// <summary>Everybody may see who works here and by which rules.</summary>
    private static readonly string[] Common = ["users:read", "roles:read", "artefacts:read", "operations:read"];

    /// <summary>Adds the tenant and its roles to the step, whose tenant it is.</summary>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    public static Tenant Add(Step step, string name, ChangeContext context)
    {
        var tenant = new Tenant { Id = step.TenantId, TenantId = step.TenantId, Name = name };
        Create(step, tenant, context);
        foreach (var role in Roles())
            Create(step, role, context);
        return tenant;
    }

    /// <summary>For records that no client wrote: a value that breaks a rule is the caller's mistake.</summary>
    internal static void Create(Step step, Record record, ChangeContext context)
    {
        var type = RecordTypes.Of(record);
        if (RecordValidation.CheckAlone(type, CustomFields.None, new RecordChange(null, record)) is [var first, ..])
            throw new ArgumentException($"{type.Name}.{first.Field} cannot be written: {first.Detail}");
        RecordChanges.Create(step, type, record, context);
    }

    /// <summary>Presets: a tenant may change what they allow, and add others.</summary>
    internal static IEnumerable<Role> Roles()
    {
        yield return Role(AdminRole, "May do everything, and says who may do what.", ["*"]);
        yield return Role("lead", "Runs migrations: all work and all data of them, imports and exports, and assigns tasks.",
            [.. Common, .. Business("*"), "artefacts:write", "decisions:evaluate", "decisions:read", "events:send", "views:share"]);
        yield return Role("member", "Works on migrations: enters and changes data, moves records on, works on tasks.",
            [.. Common, .. Business("read", "create", "update", "act"), "tasks:work"]);
        yield return Role("viewer", "Sees migrations and their data.", [.. Common, .. Business("read")]);
    }

    /// <summary>
    /// Every record type but those that say who may do what, and who outside is told what happens: whoever can change these
    /// can give themselves everything, or others word of it.
    /// </summary>
    private static IEnumerable<string> Business(params string[] actions) => RecordTypes.All
        .Where(type => type.ClrType.Namespace != typeof(User).Namespace && type.ClrType != typeof(Webhook))
        .SelectMany(type => actions.Select(action => $"{type.Name}:{action}"));

    private static Role Role(string name, string description, IEnumerable<string> permissions) => new()
    {
        Name = name,
        Description = description,
        Permissions = new JsonArray([.. permissions.Order(StringComparer.Ordinal).Select(permission => (JsonNode)permission)]),
        IsSystem = true,
    };
}
