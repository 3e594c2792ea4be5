using System.Globalization;
using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Data.Records;

namespace Switchboard.Host.Elsa;

/// <summary>Which instances a caller means, as Elsa's filters say it.</summary>
internal sealed class InstanceFilter
{
    /// <summary>A filter of more branches than this is left to the planner.</summary>
    private const int MostBranches = 24;

    private static readonly Dictionary<string, string[]> SubStatuses = new(StringComparer.Ordinal)
    {
        ["Running"] = ["Pending", "Executing", "Suspended", "Interrupted"],
        ["Finished"] = ["Finished", "Cancelled", "Faulted"],
    };

    private static readonly Dictionary<string, string> Operators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Is"] = "=",
        ["IsNot"] = "<>",
        ["LessThan"] = "<",
        ["GreaterThan"] = ">",
        ["LessThanOrEqual"] = "<=",
        ["GreaterThanOrEqual"] = ">=",
    };

    private static readonly Dictionary<string, string> Instants = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CreatedAt"] = "created_at",
        ["UpdatedAt"] = "updated_at",
        ["FinishedAt"] = "finished_at",
    };

    private readonly List<string> conditions = [];
    private readonly List<string> texts = [];
    private readonly List<string> searches = [];
    private readonly List<string> definitionSearches = [];
    private readonly List<NpgsqlParameter> parameters = [];
    private string[]? definitionIds;
    private string[]? subStatuses;

    /// <summary>Says nothing, so that it selects everything.</summary>
    public bool IsEmpty => parameters.Count == 0;

    /// <summary>
    /// Has a condition that PostgreSQL does not trust below row-level security, where it would read every row. So the engine's
    /// role, bound to the tenant by a condition, finds the ids.
    /// </summary>
    public bool IsSearch { get; private set; }

    /// <summary>The whole filter as one condition.</summary>
    public string Where { get; private set; } = "";

    /// <summary>
    /// The filter as conditions of which each has an index that holds its instances in the order of their ids, so that the
    /// first page of all together is among the first pages of each. Only those of a search share instances.
    /// </summary>
    public IReadOnlyList<string> Branches { get; private set; } = [];

    /// <summary>Of a search, the definitions whose ids hold the text, each by the states of its instances: the index has them in the order of their ids for one state alone.</summary>
    public IReadOnlyList<IReadOnlyList<string>> DefinitionBranches { get; private set; } = [];

    /// <summary>
    /// Of a search, the conditions that the indexes of texts find, in no order. With the tenant's condition written so that no
    /// other index serves it: the planner, who knows nothing of where a text is frequent, would read all instances in their order.
    /// </summary>
    public IReadOnlyList<string> TextBranches { get; private set; } = [];

    /// <param name="definitionsNamed">The definitions whose ids contain a text.</param>
    /// <exception cref="ProblemException">400 for a filter that is no filter.</exception>
    public static InstanceFilter Of(Guid tenantId, JsonObject body, Func<string, IEnumerable<string>> definitionsNamed)
    {
        var filter = new InstanceFilter();
        if (body.Text("searchTerm") is { Length: > 0 } search)
            filter.AddSearch(search.Trim(), definitionsNamed);
        filter.In("correlation_id", [.. One(body, "correlationId"), .. body.Texts("correlationIds")]);
        filter.In("name", [.. One(body, "name"), .. body.Texts("names")]);
        var ids = body.Texts("ids").Concat(body.Texts("workflowInstanceIds")).ToList();
        if (ids.Count > 0)
            filter.conditions.Add($"id = any({filter.Add(ids.Select(id => Guid.TryParse(id, out var parsed) ? parsed : Guid.Empty).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)})");
        if (body.Integer("version") is { } version)
            filter.conditions.Add($"definition_version = {filter.Add(version, NpgsqlDbType.Integer)}");
        if (body["hasIncidents"] is JsonValue incidents && incidents.TryGetValue<bool>(out var has))
            filter.conditions.Add(has ? "incident_count > 0" : "incident_count = 0");
        if (body.Flag("isSystem"))
            filter.conditions.Add("false");
        foreach (var stamp in (body["timestampFilters"] as JsonArray ?? []).OfType<JsonObject>())
            filter.AddInstant(stamp);
        filter.AddDefinitions(body);
        filter.AddStatuses(body);
        filter.Compose(tenantId);
        return filter;
    }

    public NpgsqlBatchCommand Command(FormattableString sql)
    {
        var command = new NpgsqlBatchCommand(sql.ToString(CultureInfo.InvariantCulture));
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter.Clone());
        return command;
    }

    private void AddDefinitions(JsonObject body)
    {
        List<string> wanted = [.. One(body, "definitionId"), .. body.Texts("definitionIds")];
        List<string> versionIds = [.. One(body, "definitionVersionId"), .. body.Texts("definitionVersionIds")];
        if (versionIds.Count > 0)
        {
            var versions = versionIds.Select(id => DefinitionLibrary.TryReadVersionId(id, out var definitionId, out var number) ? (definitionId, number) : ("", 0)).ToList();
            conditions.Add($"(definition_id, definition_version) in (select * from unnest({Texts(versions.Select(version => version.Item1))}, {Add(versions.Select(version => version.Item2).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)}))");
            wanted = wanted.Count == 0 ? [.. versions.Select(version => version.Item1)] : wanted;
        }
        if (wanted.Count > 0)
            definitionIds = [.. wanted.Distinct()];
    }

    private void AddStatuses(JsonObject body)
    {
        List<string> statuses = [.. One(body, "status"), .. body.Texts("statuses")];
        List<string> wanted = [.. One(body, "subStatus"), .. body.Texts("subStatuses")];
        if (statuses.Count == 0 && wanted.Count == 0)
            return;
        var ofStatus = statuses.Count == 0 ? SubStatuses.Values.SelectMany(all => all) : statuses.Distinct().SelectMany(status => SubStatuses.GetValueOrDefault(status, []));
        subStatuses = [.. ofStatus.Where(subStatus => wanted.Count == 0 || wanted.Contains(subStatus))];
    }

    /// <summary>
    /// A part of a name, of a correlation id or of a definition's id; an instance's own id by its beginning. A text without
    /// three letters or digits in a row, of which the index knows nothing, is looked for as a whole.
    /// </summary>
    private void AddSearch(string search, Func<string, IEnumerable<string>> definitionsNamed)
    {
        IsSearch = true;
        var run = 0;
        if (search.Any(letter => (run = char.IsLetterOrDigit(letter) ? run + 1 : 0) == 3))
        {
            var pattern = Add(FieldText.LikeContaining(search), NpgsqlDbType.Text);
            texts.AddRange([$"name ilike {pattern}", $"correlation_id ilike {pattern}"]);
        }
        else
        {
            var whole = Add(search, NpgsqlDbType.Text);
            searches.AddRange([$"name = {whole}", $"correlation_id = {whole}"]);
        }
        foreach (var definitionId in definitionsNamed(search).Take(MostBranches))
            definitionSearches.Add($"definition_id = {Add(definitionId, NpgsqlDbType.Text)}");
        var digits = search.Replace("-", "", StringComparison.Ordinal);
        if (digits.Length is > 0 and <= 32 && digits.All(char.IsAsciiHexDigit))
        {
            var (low, high) = (Guid.ParseExact(digits.PadRight(32, '0'), "N"), Guid.ParseExact(digits.PadRight(32, 'f'), "N"));
            searches.Add($"id between {Add(low, NpgsqlDbType.Uuid)} and {Add(high, NpgsqlDbType.Uuid)}");
        }
    }

    private void AddInstant(JsonObject stamp)
    {
        if (!Instants.TryGetValue(stamp.Text("column") ?? "", out var column) || !Operators.TryGetValue(stamp.Text("operator") ?? "", out var comparison)
            || !DateTimeOffset.TryParse(stamp.Text("timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            throw ElsaErrors.Invalid("timestampFilters", "A timestamp filter is {column: CreatedAt, UpdatedAt or FinishedAt, operator, timestamp}.");
        }
        at = at.ToUniversalTime();
        conditions.Add($"{column} {comparison} {Add(at, NpgsqlDbType.TimestampTz)}");
        if (comparison == "<>")
            return;
        // What the index can find: the minute of the last step, and the id, which begins with the millisecond of the start.
        var (lower, upper) = (comparison is ">" or ">=" or "=", comparison is "<" or "<=" or "=");
        if (column == "updated_at" && lower)
            conditions.Add($"updated_minute >= {Add(at.AddMinutes(-1), NpgsqlDbType.TimestampTz)}");
        if (column == "updated_at" && upper)
            conditions.Add($"updated_minute <= {Add(at, NpgsqlDbType.TimestampTz)}");
        if (column == "created_at" && lower && at > DateTimeOffset.UnixEpoch)
            conditions.Add($"id >= {Add(First(at), NpgsqlDbType.Uuid)}");
        if (column == "created_at" && upper && at > DateTimeOffset.UnixEpoch)
            conditions.Add($"id < {Add(First(at.AddMilliseconds(1)), NpgsqlDbType.Uuid)}");
    }

    /// <summary>The least UUIDv7 of a millisecond.</summary>
    private static Guid First(DateTimeOffset at) =>
        Guid.ParseExact(at.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture).PadRight(32, '0'), "N");

    private void Compose(Guid tenantId)
    {
        var tenant = IsSearch ? $"tenant_id = '{tenantId}'" : "tenant_id = current_tenant()";
        List<string> common = [tenant, .. conditions];
        List<string> selective = [];
        if (definitionIds is not null)
            selective.Add($"definition_id = any({Texts(definitionIds)})");
        if (subStatuses is not null)
            selective.Add($"sub_status = any({Texts(subStatuses)})");
        var searched = IsSearch ? [$"({string.Join(" or ", [.. texts, .. searches, .. definitionSearches])})"] : Array.Empty<string>();
        Where = string.Join(" and ", [.. common, .. selective, .. searched]);

        var states = subStatuses ?? [.. SubStatuses.Values.SelectMany(all => all)];
        if (IsSearch)
        {
            Branches = [.. searches.Select(search => string.Join(" and ", [.. common, .. selective, search]))];
            var inStates = definitionSearches.Count == 0 ? [] : states.Select(state => $"sub_status = {Add(state, NpgsqlDbType.Text)}").ToList();
            DefinitionBranches = [.. definitionSearches.Select(search => inStates.Select(inState => string.Join(" and ", [.. common, .. selective, search, inState])).ToList())];
            TextBranches = [.. texts.Select(text => string.Join(" and ", [$"({tenant}) is true", .. conditions, .. selective, text]))];
        }
        else if (selective.Count == 0 || states.Length == 0 || (definitionIds?.Length ?? 1) * states.Length > MostBranches)
            Branches = [Where];
        else if (definitionIds is null)
            Branches = [.. states.Select(state => string.Join(" and ", [.. common, $"sub_status = {Add(state, NpgsqlDbType.Text)}"]))];
        else
        {
            Branches = [.. definitionIds.SelectMany(id => states.Select(state =>
                string.Join(" and ", [.. common, $"definition_id = {Add(id, NpgsqlDbType.Text)}", $"sub_status = {Add(state, NpgsqlDbType.Text)}"])))];
        }
    }

    private void In(string column, IReadOnlyCollection<string> values)
    {
        if (values.Count > 0)
            conditions.Add($"{column} = any({Texts(values)})");
    }

    private string Texts(IEnumerable<string> values) => Add(values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    private string Add(object value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return string.Create(CultureInfo.InvariantCulture, $"${parameters.Count}");
    }

    private static IEnumerable<string> One(JsonObject body, string name) => body.Text(name) is { Length: > 0 } text ? [text] : [];
}
