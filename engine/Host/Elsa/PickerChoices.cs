using Npgsql;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Host.Elsa;

/// <summary>What inputs of activities can name, as the service has it now: the choices of the designer's pickers.</summary>
internal sealed class PickerChoices(PublishedArtefacts published, CompiledDecisions compiled, Database database)
{
    /// <summary>By what an input picks, each value with its text.</summary>
    /// <param name="held">
    /// What the tenant's workflows name, by what it is. Studio shows a picker empty whose value it does not offer; so what is named and
    /// not there is offered too, and says so.
    /// </param>
    /// <param name="definitionId">The workflow that picks; null if nobody says.</param>
    public async Task<Func<string, IEnumerable<(string Value, string Text)>>> OfAsync(Guid tenantId, ILookup<string, string> held, string? definitionId, CancellationToken ct)
    {
        var there = await ThereAsync(tenantId, ct);
        return what =>
        {
            var choices = what == "state" ? States(definitionId).ToList() : [.. there(what).Select(value => (Value: value, Text: value))];
            return choices.Concat(held[what].Except(choices.Select(choice => choice.Value)).Select(value => (value, $"{value} (not there)")));
        };
    }

    /// <summary>The status values of the records whose status this workflow owns; if it owns none, those of all, with whose they are.</summary>
    private static IEnumerable<(string Value, string Text)> States(string? definitionId) =>
        definitionId is not null && RecordTypes.StatesOf(definitionId) is { Count: > 0 } own ? own.Select(state => (state, state)) :
        from type in RecordTypes.All
        where type.Lifecycle is not null
        from state in type.Find("status")?.Choices ?? []
        group type.Name by state into types
        select (types.Key, $"{types.Key} ({string.Join(", ", types)})");

    private async Task<Func<string, IEnumerable<string>>> ThereAsync(Guid tenantId, CancellationToken ct)
    {
        var roles = await database.ReadAsync(tenantId, new NpgsqlBatchCommand("select name from roles where tenant_id = current_tenant() order by name"), ReadAsync, ct);
        return what => what switch
        {
            "form" or "template" => published.All(tenantId, what).Select(version => version.Key).Order(StringComparer.Ordinal),
            "decision" => published.All(tenantId, "decision").SelectMany(DecisionsOf).Concat(published.All(tenantId, "ruleset").Select(version => version.Key)).Order(StringComparer.Ordinal),
            "role" => roles,
            "record-type" => RecordTypes.All.Where(type => type.Writable).Select(type => type.Name).Order(StringComparer.Ordinal),
            "date-field" => FieldsOf(FieldKind.Date),
            "instant-field" => FieldsOf(FieldKind.Instant),
            "integer-field" => FieldsOf(FieldKind.Integer),
            "field" => FieldsOf(null),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "Nobody knows what there is of this."),
        };
    }

    /// <summary>A model, and each of its decisions where it has several.</summary>
    private IEnumerable<string> DecisionsOf(PublishedVersion version) =>
        compiled.Of(version.Kind, version.Key, version.Hash, version.Content) is { Names: { Count: > 1 } names } ? names.Select(name => $"{version.Key}#{name}").Prepend(version.Key) : [version.Key];

    /// <summary>Those that a workflow may write, of all records that can have one: which of them it is, the definition does not say.</summary>
    private static IEnumerable<string> FieldsOf(FieldKind? kind) => RecordTypes.All
        .Where(type => type.ClrType.IsAssignableTo(typeof(LifecycleRecord))).SelectMany(type => type.Fields)
        .Where(field => field is { Stored: true, Name: not ("status" or "instanceId") } && (kind is null || field.Kind == kind)).Select(field => field.Name).Distinct().Order(StringComparer.Ordinal);

    private static async Task<List<string>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var names = new List<string>();
        while (await reader.ReadAsync(ct))
            names.Add(reader.GetString(0));
        return names;
    }
}
