using System.Globalization;

namespace Switchboard.Data.Commit;

/// <summary>
/// The multi-row statements of one table. Each takes one array a column and handles any number of rows, so that its text
/// never changes and it is prepared once a connection.
/// </summary>
internal sealed class TableSql
{
    private const string SameRow = "t.tenant_id = u.tenant_id and t.id = u.id";

    private readonly Lazy<string> insert;
    private readonly Lazy<string> update;
    private readonly Lazy<string> delete;
    private readonly Lazy<string> deleteAny;
    private readonly Lazy<string> check;

    public TableSql(Table table)
    {
        insert = new Lazy<string>(() => InsertOf(table));
        update = new Lazy<string>(() => UpdateOf(table));
        delete = new Lazy<string>(() => DeleteOf(table));
        deleteAny = new Lazy<string>(() => DeleteAnyOf(table));
        check = new Lazy<string>(() => CheckOf(table));
    }

    /// <summary>Parameters: one array a column.</summary>
    public string Insert => insert.Value;

    /// <summary>Parameters: one array a column, then the expected versions if the table has one. Raises SB001 with the ids whose row did not match.</summary>
    public string Update => update.Value;

    /// <summary>Parameters: tenants, ids, and the expected versions if the table has one. Raises SB001 like <see cref="Update"/>.</summary>
    public string Delete => delete.Value;

    /// <summary>Parameters: tenants, ids. Rows that are not there are no refusal.</summary>
    public string DeleteAny => deleteAny.Value;

    /// <summary>Parameters as of <see cref="Delete"/>. Raises SB001 like it, and changes nothing.</summary>
    public string Check => check.Value;

    private static string InsertOf(Table table) =>
        $"""
        insert into {Quote(table.Name)} ({string.Join(", ", Names(table))})
        {Rows(Values(table))}
        """;

    private static string UpdateOf(Table table)
    {
        var assigned = string.Join(", ", Names(table).Skip(2).Select(name => $"{name} = u.{name}"));
        return $"""
            with changed as (
                update {Quote(table.Name)} t set {assigned}
                from ({Rows(Values(table).Concat(ExpectedVersion(table, table.Columns.Count + 1)))}) u
                where {Match(table)}
                returning t.id)
            select fence($2::uuid[], array(select id from changed))
            """;
    }

    private static string DeleteOf(Table table) =>
        $"""
        with gone as (
            delete from {Quote(table.Name)} t
            using ({Rows(Keys.Concat(ExpectedVersion(table, 3)))}) u
            where {Match(table)}
            returning t.id)
        select fence($2::uuid[], array(select id from gone))
        """;

    private static string CheckOf(Table table) =>
        $"""
        select fence($2::uuid[], array(
            select t.id from {Quote(table.Name)} t
            join ({Rows(Keys.Concat(ExpectedVersion(table, 3)))}) u on {Match(table)}))
        """;

    private static string DeleteAnyOf(Table table) =>
        $"""
        delete from {Quote(table.Name)} t
        using ({Rows(Keys)}) u
        where {SameRow}
        """;

    /// <summary>
    /// The arrays side by side, one row of them after the other. In the list of a select, because there PostgreSQL hands on
    /// each row as it is made; one <c>unnest</c> of several arrays in a <c>from</c> first puts every column into a store of its
    /// own, which takes four times as long for some twenty rows of twenty columns.
    /// </summary>
    private static string Rows(IEnumerable<string> values) => $"select {string.Join(", ", values)}";

    private static string[] Keys => [Value(1, "uuid", "tenant_id"), Value(2, "uuid", "id")];

    private static IEnumerable<string> Values(Table table) =>
        table.Columns.Select((column, at) => Value(at + 1, ColumnArray.SqlType(column.Type), column.Name));

    private static string[] ExpectedVersion(Table table, int parameter) => table.VersionAt < 0 ? [] : [Value(parameter, "int8", "expected_version")];

    private static string Value(int parameter, string type, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"unnest(${parameter}::{type}[]) as {Quote(name)}");

    private static string Match(Table table) =>
        SameRow + (table.VersionAt < 0 ? "" : " and t.version = u.expected_version");

    private static IEnumerable<string> Names(Table table) => table.Columns.Select(column => Quote(column.Name));

    private static string Quote(string name) => '"' + name + '"';
}
