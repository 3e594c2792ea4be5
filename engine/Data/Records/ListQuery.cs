using System.Buffers.Text;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>One condition of a list.</summary>
/// <param name="Values">One value, or several for <c>in</c> and <c>nin</c>; a boolean for <c>null</c>.</param>
public sealed record Filter(QueryField Field, FilterOperator Operator, IReadOnlyList<object> Values)
{
    public bool IsRange => Operator is FilterOperator.Lt or FilterOperator.Lte or FilterOperator.Gt or FilterOperator.Gte;

    /// <summary>Whether no record without a value of the field can be in the list.</summary>
    public bool NeedsValue => Operator == FilterOperator.Null ? !(bool)Values[0] : Operator is not (FilterOperator.Ne or FilterOperator.Nin);
}

public sealed record SortKey(QueryField Field, bool Descending);

/// <summary>Where a page begins: after the record with this id, whose sort keys have these values.</summary>
public sealed record PageStart(Guid Id, IReadOnlyList<object?> Values);

/// <summary>
/// What a client asks of a list:
/// <c>limit=50&amp;after=…&amp;sort=-createdAt,name&amp;q=text&amp;field=v&amp;field[op]=v&amp;count=true</c>. All conditions hold at once.
/// Records without a value come last whichever way a list is sorted, and the id decides between equals, so that the order
/// is total and a page begins exactly where the last one ended, whatever is written meanwhile. Without <c>sort</c> a list
/// of a range (<c>focDate[gte]=…</c>) is in the order of that field, because its index then finds the page at once, and every
/// other list in that of age. It can be sorted by the natural key of what a field refers to as well: <c>migrationId.name</c>.
/// </summary>
public sealed class ListQuery
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;
    private const int MaxSortKeys = 4;
    private const int MaxValues = 1000;

    private static readonly FrozenDictionary<string, FilterOperator> OperatorNames =
        Enum.GetValues<FilterOperator>().Where(op => op != FilterOperator.Eq)
            .ToFrozenDictionary(op => op.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private ListQuery(RecordType type, CustomFields custom)
    {
        Type = type;
        Custom = custom;
    }

    public RecordType Type { get; }

    public CustomFields Custom { get; }

    public int Limit { get; private set; } = DefaultLimit;

    public IReadOnlyList<SortKey> Sort { get; private set; } = [];

    /// <summary>The sort as text, by which a cursor recognises the list that it belongs to.</summary>
    public string SortText { get; private set; } = "";

    public PageStart? After { get; private set; }

    public List<Filter> Filters { get; } = [];

    /// <summary>Named filters of the record type and whether their records or the others are wanted.</summary>
    public List<(string Sql, bool Wanted)> Named { get; } = [];

    /// <summary>Text that one of the searched fields has in it, whatever the case.</summary>
    public string? Search { get; private set; }

    /// <summary>Whether the answer says how many records there are on all pages; costs a count of all of them.</summary>
    public bool Count { get; private set; }

    /// <summary>
    /// Whether every condition can use an index below row-level security (see <see cref="QueryField.Leakproof"/>).
    /// </summary>
    internal bool Leakproof =>
        Search is null
        && Filters.TrueForAll(filter => filter.Operator != FilterOperator.Contains && filter.Field.Leakproof)
        && Sort.All(key => key.Field.Leakproof);

    /// <summary>Everything, in order of age.</summary>
    public static ListQuery Everything(RecordType type, int limit = DefaultLimit) => new(type, CustomFields.None) { Limit = limit };

    /// <summary>The operators that a client may put in brackets, by wire name.</summary>
    public static string NameOf(FilterOperator op) => op.ToString().ToLowerInvariant();

    /// <param name="parameters">Decoded names and values of the query string.</param>
    /// <param name="others">Parameters that belong to somebody else (<c>format</c> of an export) and are passed over.</param>
    /// <exception cref="ProblemException">400, naming the parameter.</exception>
    public static ListQuery Parse(
        RecordType type,
        CustomFields custom,
        IEnumerable<KeyValuePair<string, string>> parameters,
        params IReadOnlyCollection<string> others)
    {
        var query = new ListQuery(type, custom);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        foreach (var (name, value) in parameters)
        {
            if (others.Contains(name))
                continue;
            if (!seen.Add(name))
                throw Refused("duplicate_parameter", name, $"{name} is given twice; several values are one list: {name.Split('[')[0]}[in]=a,b.");
            switch (name)
            {
                case "limit":
                    query.Limit = ParseLimit(value);
                    break;
                case "after":
                    after = value;
                    break;
                case "sort":
                    query.ParseSort(value);
                    break;
                case "q":
                    query.ParseSearch(value);
                    break;
                case "count":
                    query.Count = ParseFlag(name, value);
                    break;
                default:
                    query.ParseFilter(name, value);
                    break;
            }
        }
        if (query.Sort.Count == 0 && query.Filters.Find(filter => filter is { IsRange: true, Field.SortIndexed: true }) is { } range)
            query.ParseSort(range.Field.Name);
        if (!string.IsNullOrEmpty(after))
            query.After = query.ParseCursor(after);
        return query;
    }

    /// <summary>The same list from another place and of another length.</summary>
    public ListQuery At(PageStart? after, int limit)
    {
        var copy = new ListQuery(Type, Custom) { Limit = limit, Sort = Sort, SortText = SortText, After = after, Search = Search };
        copy.Filters.AddRange(Filters);
        copy.Named.AddRange(Named);
        return copy;
    }

    /// <summary>Where the page after this record begins.</summary>
    public PageStart StartAfter(Record record) => new(record.Id, [.. Sort.Select(key => key.Field.Get(record))]);

    /// <summary>Opaque to clients: base64url of the type, the sort, the id and the values of the sort keys.</summary>
    public string CursorOf(PageStart start)
    {
        var parts = new JsonArray(Type.Name, SortText, start.Id.ToString());
        foreach (var value in start.Values)
            parts.Add(value is null ? null : FieldText.Format(value));
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));
    }

    private PageStart ParseCursor(string cursor)
    {
        var parts = DecodeCursor(cursor);
        if (parts is not [{ } type, { } sort, { } id, ..] || type != Type.Name || sort != SortText || parts.Length != Sort.Count + 3
            || !Guid.TryParseExact(id, "D", out var recordId))
        {
            throw Refused("invalid_cursor", "after", "The cursor is not one of this list with this sort: begin again without after.");
        }
        var values = new object?[Sort.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (parts[i + 3] is { } text && !Sort[i].Field.TryParse(text, out values[i]!))
                throw Refused("invalid_cursor", "after", "The cursor does not fit this list: begin again without after.");
        }
        return new PageStart(recordId, values);
    }

    private static string?[]? DecodeCursor(string cursor)
    {
        try
        {
            return JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(cursor));
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static int ParseLimit(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw Refused("invalid_limit", "limit", $"limit must be a whole number from 1 to {MaxLimit}.");

    private static bool ParseFlag(string name, string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw Refused("invalid_value", name, $"{name} must be true or false."),
    };

    private void ParseSearch(string value)
    {
        if (string.IsNullOrWhiteSpace(value))
            return;
        if (!Type.Fields.Any(field => field.Searched))
            throw Refused("not_searchable", "q", $"{Type.Name} has no field that q searches.");
        if (!RecordJson.IsStorable(value) || value.Length > 200)
            throw Refused("invalid_value", "q", "q must be text of at most 200 characters.");
        Search = value.Trim();
    }

    private void ParseSort(string value)
    {
        var keys = new List<SortKey>();
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var descending = part[0] == '-';
            var name = descending || part[0] == '+' ? part[1..] : part;
            var field = QueryField.FindName(Type, name) ?? FieldOf(name);
            if (!field.Sortable)
                throw Refused("not_sortable", "sort", $"Lists cannot be sorted by {name}.");
            if (keys.Exists(key => key.Field.Name == name))
                throw Refused("invalid_value", "sort", $"sort names {name} twice.");
            keys.Add(new SortKey(field, descending));
            if (name == "id")
                break; // nothing is equal after the id
        }
        if (keys.Count > MaxSortKeys)
            throw Refused("invalid_value", "sort", $"sort takes at most {MaxSortKeys} fields.");
        Sort = keys;
        SortText = string.Join(',', keys.Select(key => (key.Descending ? "-" : "") + key.Field.Name));
    }

    private void ParseFilter(string parameter, string value)
    {
        var bracket = parameter.IndexOf('[', StringComparison.Ordinal);
        var name = bracket < 0 ? parameter : parameter[..bracket];
        if (bracket < 0 && Type.NamedFilters.TryGetValue(name, out var sql))
        {
            Named.Add((sql, ParseFlag(name, value)));
            return;
        }
        var field = FieldOf(name);
        var op = FilterOperator.Eq;
        if (bracket >= 0 && (parameter[^1] != ']' || !OperatorNames.TryGetValue(parameter[(bracket + 1)..^1], out op)))
            throw Refused("unknown_operator", parameter, $"{parameter[bracket..]} is no operator; there are {string.Join(", ", OperatorNames.Keys.Order())}.");
        if (!field.Operators.Contains(op))
            throw Refused("unknown_operator", parameter, $"{name} takes {string.Join(", ", field.Operators.Select(NameOf))}, not {NameOf(op)}.");
        Filters.Add(new Filter(field, op, ParseValues(field, op, parameter, value)));
    }

    private static object[] ParseValues(QueryField field, FilterOperator op, string parameter, string value)
    {
        if (op == FilterOperator.Null)
            return [ParseFlag(parameter, value)];
        if (op is not (FilterOperator.In or FilterOperator.Nin))
            return [ParseValue(field, parameter, value)];
        var texts = Items(value);
        if (texts.Length > MaxValues)
            throw Refused("invalid_value", parameter, $"{parameter} takes at most {MaxValues} values.");
        return [.. texts.Select(text => ParseValue(field, parameter, text))];
    }

    /// <summary><c>a,b</c>, or a JSON list of texts for values that have a comma in them.</summary>
    private static string[] Items(string value)
    {
        if (value.StartsWith('['))
        {
            try
            {
                if (JsonSerializer.Deserialize<string?[]>(value) is { } list && !list.Contains(null))
                    return list!;
            }
            catch (JsonException)
            {
                // Not JSON: then the bracket belongs to the first value.
                return value.Split(',');
            }
        }
        return value.Split(',');
    }

    private static object ParseValue(QueryField field, string parameter, string text) =>
        field.TryParse(text, out var value)
            ? value
            : throw Refused("invalid_value", parameter, $"\"{text}\" is no {(field.Kind == FieldKind.Reference ? "id" : field.Kind.ToString().ToLowerInvariant())}, which {field.Name} holds.");

    private QueryField FieldOf(string name) =>
        QueryField.Find(Type, Custom, name)
        ?? throw (Type.Find(name) is null
            ? Refused("unknown_field", name, $"{Type.Name} has no field {name}.")
            : Refused("not_filterable", name, $"Lists are neither filtered nor sorted by {name}."));

    private static ProblemException Refused(string code, string parameter, string detail) => ProblemException.Malformed(code, parameter, detail);
}
