using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Switchboard.Data.Records;

/// <summary>
/// A list as SQL. Values are parameters; everything else is constant or comes from the catalogues.
/// <para>
/// A page is the concatenation of a few ranges, each of which an index <c>(tenant_id, field, id)</c> holds in order: first
/// the records equal to the cursor's but for the id, then those behind it, then those without a value. PostgreSQL reads
/// the branches of a UNION ALL one after the other and stops at the limit, so a page costs its own length wherever it
/// begins; one condition with OR, or one ORDER BY with NULLS LAST, would cost all the rows before it.
/// </para>
/// <para>
/// A list of one value in the order of another field can be read in that order, which is quick when many records have the
/// value and passes over the whole table when none has it; PostgreSQL knows only how many have a value on average. So such
/// a list looks first whether they are few (<see cref="FewOf"/>), and each range is there twice: of the few, and in order.
/// Only one of the two is run.
/// </para>
/// </summary>
internal sealed class ListSql
{
    /// <summary>Records that are read and sorted at once; where more have a value, the next of them is not far in any order.</summary>
    private const int Few = 1_000;

    private readonly ListQuery query;
    private readonly NpgsqlBatchCommand command = new();
    private readonly string table;
    private readonly string joins;
    private readonly string? ofTenant;

    /// <summary>One for each filter of the query.</summary>
    private readonly List<string> filters;
    private readonly string conditions;

    /// <param name="tenantId">For a connection that row-level security does not bind to the tenant; null where it does.</param>
    private ListSql(ListQuery query, Guid? tenantId)
    {
        this.query = query;
        table = query.Type.Table;
        joins = string.Concat(query.Sort.Select(key => key.Field.Join).Distinct());
        ofTenant = tenantId is { } tenant ? $"r.tenant_id = {Parameter(tenant, NpgsqlDbType.Uuid)}" : null;
        filters = query.Filters.ConvertAll(Condition);
        conditions = Conditions();
    }

    /// <summary>One page, and one record more by which the caller sees that there is another page.</summary>
    public static NpgsqlBatchCommand Page(ListQuery query, string select, Guid? tenantId = null)
    {
        var sql = new ListSql(query, tenantId);
        var limit = (query.Limit + 1).ToString(CultureInfo.InvariantCulture);
        var few = sql.FewOf();
        string[] ways = few is null ? [""] : [$" and (select count(*) from few) > {Few}", $" and (select count(*) from few) <= {Few} and r.id = any(array(select id from few))"];
        var ranges = sql.Ranges().SelectMany(range => ways.Select(way => $"""
            select {select} from {sql.table} r{sql.joins}
            where {sql.conditions}{way}{range.Condition}
            order by {range.Order} limit {limit}
            """)).ToList();
        sql.command.CommandText = few + (ranges.Count == 1 ? ranges[0] : $"({string.Join(")\nunion all\n(", ranges)})\nlimit {limit}");
        return sql.command;
    }

    /// <summary>All records of the list in one go.</summary>
    public static NpgsqlBatchCommand All(ListQuery query, string select, Guid? tenantId = null)
    {
        var sql = new ListSql(query, tenantId);
        sql.command.CommandText = $"""
            select {select} from {sql.table} r{sql.joins}
            where {sql.conditions}
            order by {sql.OrderFrom(0)}
            """;
        return sql.command;
    }

    public static NpgsqlBatchCommand Count(ListQuery query, Guid? tenantId = null)
    {
        var sql = new ListSql(query, tenantId);
        sql.command.CommandText = $"select count(*) from {sql.table} r where {sql.conditions}";
        return sql.command;
    }

    /// <summary>
    /// How many records of the list have each value of a field, in the order of the values, those without one last; those of a
    /// reference in the order of the names of what they refer to.
    /// </summary>
    public static NpgsqlBatchCommand CountBy(ListQuery query, QueryField field, int limit, Guid? tenantId = null)
    {
        var sql = new ListSql(query, tenantId);
        if (QueryField.FindNameBehind(query.Type, field.Name) is { } name)
        {
            // A row for each value first, which are few, and only these beside their names.
            sql.command.CommandText = $"""
                select r.value::text, r.count
                from (select r.tenant_id, {field.Sql}, {field.Sql} as value, count(*) as count from {sql.table} r where {sql.conditions} group by r.tenant_id, {field.Sql}) r{name.Join}
                order by {name.Sql} nulls last, r.value limit {limit.ToString(CultureInfo.InvariantCulture)}
                """;
            return sql.command;
        }
        sql.command.CommandText = $"""
            select {field.Sql}::text, count(*) from {sql.table} r
            where {sql.conditions}
            group by {field.Sql} order by {field.Sql} nulls last limit {limit.ToString(CultureInfo.InvariantCulture)}
            """;
        return sql.command;
    }

    /// <summary>
    /// The first records with the values that the list asks for, one more than are few. Null where PostgreSQL needs no help:
    /// where it knows how many records have each value, and where an index holds those of the values in the list's order.
    /// </summary>
    private string? FewOf()
    {
        var equal = query.Filters.FindAll(filter => filter is { Operator: FilterOperator.Eq or FilterOperator.In, Field: { Indexed: true, IsMultiple: false } });
        if (equal.TrueForAll(filter => filter.Field.IsCountKnown) || equal.Exists(filter => IsInOrder(filter, equal)))
            return null;
        var those = filters.Where((_, at) => equal.Contains(query.Filters[at])).Prepend(ofTenant).OfType<string>();
        return $"with few as materialized (select r.id from {table} r where {string.Join(" and ", those)} limit {Few + 1})\n";
    }

    /// <summary>Whether the index of the first holds the others behind it, and behind these the fields that the list is sorted by.</summary>
    private bool IsInOrder(Filter first, List<Filter> equal)
    {
        var others = equal.Where(filter => filter != first).Select(filter => filter.Field.Name).ToList();
        return equal.TrueForAll(filter => filter.Operator == FilterOperator.Eq)
            && first.Field.Behind.Take(others.Count).Order().SequenceEqual(others.Order())
            && first.Field.Behind.Skip(others.Count).SequenceEqual(query.Sort.Select(key => key.Field.Name).Where(name => name != "id"));
    }

    private IEnumerable<(string Condition, string Order)> Ranges()
    {
        if (query.After is not { } start)
            return RangesFrom(0, "", after: null);

        var ranges = new List<(string, string)>();
        for (var equal = query.Sort.Count; equal >= 0; equal--)
        {
            var prefix = string.Concat(Enumerable.Range(0, equal).Select(i => Equal(query.Sort[i].Field, start.Values[i])));
            if (equal == query.Sort.Count)
            {
                if (!EndsWithId)
                    ranges.Add(($"{prefix} and r.id {(IdDescending ? "<" : ">")} {Parameter(start.Id, NpgsqlDbType.Uuid)}", OrderFrom(equal)));
            }
            else if (start.Values[equal] is { } value)
            {
                ranges.AddRange(RangesFrom(equal, prefix, value));
            }
        }
        return ranges;
    }

    /// <summary>The records behind a value of one sort key, and after them those without one.</summary>
    private IEnumerable<(string Condition, string Order)> RangesFrom(int at, string prefix, object? after)
    {
        if (at == query.Sort.Count)
        {
            yield return (prefix, OrderFrom(at));
            yield break;
        }
        var key = query.Sort[at];
        var behind = after is null ? "" : $" and {key.Field.Sql} {(key.Descending ? "<" : ">")} {Parameter(after, key.Field.Type)}";
        if (after is null && key.Field.Nullable)
            behind = $" and {key.Field.Sql} is not null";
        yield return (prefix + behind, OrderFrom(at, firstHasValue: true));
        if (key.Field.Nullable && !query.Filters.Exists(filter => filter.NeedsValue && filter.Field.Name == key.Field.Name))
            yield return ($"{prefix} and {key.Field.Presence} is null", OrderFrom(at + 1));
    }

    private string Equal(QueryField field, object? value) =>
        value is null ? $" and {field.Presence} is null" : $" and {field.Sql} = {Parameter(value, field.Type)}";

    private bool EndsWithId => query.Sort is [.., { Field.Name: "id" }];

    /// <summary>The id follows the last key's direction, so that one index serves the sort both ways.</summary>
    private bool IdDescending => query.Sort is [.., { Descending: true }];

    /// <param name="firstHasValue">No record of the range is without a value of the first key, which leaves its index usable backwards.</param>
    private string OrderFrom(int at, bool firstHasValue = false)
    {
        var order = new StringBuilder();
        for (var i = at; i < query.Sort.Count; i++)
        {
            var (field, descending) = query.Sort[i];
            var nullsFirst = descending && field.Nullable && !(i == at && firstHasValue);
            order.Append(field.Sql).Append(descending ? " desc" : "").Append(nullsFirst ? " nulls last" : "").Append(", ");
        }
        return EndsWithId ? order.ToString(0, order.Length - 2) : order.Append("r.id").Append(IdDescending ? " desc" : "").ToString();
    }

    private string Conditions()
    {
        var parts = new List<string>();
        if (ofTenant is not null)
            parts.Add(ofTenant);
        parts.AddRange(filters);
        parts.AddRange(query.Named.Select(named => named.Wanted ? $"({named.Sql})" : $"not ({named.Sql})"));
        if (query.Search is { } text)
        {
            var pattern = Parameter(FieldText.LikeContaining(text), NpgsqlDbType.Text);
            parts.Add($"({string.Join(" or ", query.Type.Fields.Where(field => field.Searched).Select(field => $"r.{field.Column} ilike {pattern}"))})");
        }
        return parts.Count == 0 ? "true" : string.Join(" and ", parts);
    }

    private string Condition(Filter filter)
    {
        var (field, op, values) = filter;
        if (op == FilterOperator.Null)
            return $"{field.Sql} is {((bool)values[0] ? "" : "not ")}null";
        if (field.IsMultiple)
            return Multiple(field, op, values);
        return op switch
        {
            FilterOperator.Eq => $"{field.Sql} = {Parameter(values[0], field.Type)}",
            FilterOperator.Ne => Other(field, values[0]),
            FilterOperator.Lt => $"{field.Sql} < {Parameter(values[0], field.Type)}",
            FilterOperator.Lte => $"{field.Sql} <= {Parameter(values[0], field.Type)}",
            FilterOperator.Gt => $"{field.Sql} > {Parameter(values[0], field.Type)}",
            FilterOperator.Gte => $"{field.Sql} >= {Parameter(values[0], field.Type)}",
            FilterOperator.In => $"{field.Sql} = any({ListParameter(values, field.Type)})",
            FilterOperator.Nin when values.Count <= 8 => $"({string.Join(" and ", values.Distinct().Select(value => Other(field, value)))})",
            FilterOperator.Nin => $"({field.Sql} <> all({ListParameter(values, field.Type)}){OrNull(field)})",
            FilterOperator.Contains => $"{field.Sql} ilike {Parameter(FieldText.LikeContaining((string)values[0]), NpgsqlDbType.Text)}",
            FilterOperator.StartsWith => $"{field.Sql} ^@ {Parameter(values[0], NpgsqlDbType.Text)}",
            _ => throw new ArgumentOutOfRangeException(nameof(filter), op, "There is no such operator."),
        };
    }

    /// <summary>Two ranges instead of "not equal", which no index finds: where nearly all are equal, the others are found at once.</summary>
    private string Other(QueryField field, object value)
    {
        if (value is bool flag)
            return $"({field.Sql} = {Parameter(!flag, field.Type)}{OrNull(field)})";
        var parameter = Parameter(value, field.Type);
        return $"({field.Sql} < {parameter} or {field.Sql} > {parameter}{OrNull(field)})";
    }

    private string Multiple(QueryField field, FilterOperator op, IReadOnlyList<object> values)
    {
        var any = $"{field.Sql} ?| {ListParameter(values, NpgsqlDbType.Text)}";
        return op is FilterOperator.Ne or FilterOperator.Nin ? $"not coalesce({any}, false)" : any;
    }

    private static string OrNull(QueryField field) => field.Nullable ? $" or {field.Sql} is null" : "";

    private string Parameter(object value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return $"${command.Parameters.Count}";
    }

    private string ListParameter(IReadOnlyList<object> values, NpgsqlDbType type)
    {
        var list = Array.CreateInstance(values[0].GetType(), values.Count);
        for (var i = 0; i < values.Count; i++)
            list.SetValue(values[i], i);
        return Parameter(list, type | NpgsqlDbType.Array);
    }
}
