namespace Switchboard.Data.Commit;

/// <summary>
/// The multi-row statements of one table. Each takes one array a column and handles any number of rows, so that its text
/// never changes and it is prepared once a connection.
/// </summary>
internal sealed class TableSql
{
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
        insert into {Quote(table.Name)} ({ColumnList(table)})
        select * from unnest({ArrayList(table)})
        """;

    private static string UpdateOf(Table table)
    {
        var names = table.Columns.Select(column => Quote(column.Name)).ToArray();
        var assigned = string.Join(", ", names.Skip(2).Select(name => $"{name} = u.{name}"));
        var version = table.VersionAt < 0 ? "" : " and t.version = u.expected_version";
        var arrays = table.VersionAt < 0 ? ArrayList(table) : $"{ArrayList(table)}, ${table.Columns.Count + 1}::int8[]";
        var columns = table.VersionAt < 0 ? ColumnList(table) : $"{ColumnList(table)}, expected_version";
        return $"""
            with changed as (
                update {Quote(table.Name)} t set {assigned}
                from unnest({arrays}) as u({columns})
                where t.tenant_id = u.tenant_id and t.id = u.id{version}
                returning t.id)
            select fence($2::uuid[], array(select id from changed))
            """;
    }

    private static string DeleteOf(Table table)
    {
        var arrays = table.VersionAt < 0 ? "$1::uuid[], $2::uuid[]" : "$1::uuid[], $2::uuid[], $3::int8[]";
        var columns = table.VersionAt < 0 ? "tenant_id, id" : "tenant_id, id, expected_version";
        var version = table.VersionAt < 0 ? "" : " and t.version = u.expected_version";
        return $"""
            with gone as (
                delete from {Quote(table.Name)} t
                using unnest({arrays}) as u({columns})
                where t.tenant_id = u.tenant_id and t.id = u.id{version}
                returning t.id)
            select fence($2::uuid[], array(select id from gone))
            """;
    }

    private static string CheckOf(Table table)
    {
        var arrays = table.VersionAt < 0 ? "$1::uuid[], $2::uuid[]" : "$1::uuid[], $2::uuid[], $3::int8[]";
        var columns = table.VersionAt < 0 ? "tenant_id, id" : "tenant_id, id, expected_version";
        var version = table.VersionAt < 0 ? "" : " and t.version = u.expected_version";
        return $"""
            select fence($2::uuid[], array(
                select t.id from {Quote(table.Name)} t
                join unnest({arrays}) as u({columns}) on t.tenant_id = u.tenant_id and t.id = u.id{version}))
            """;
    }

    private static string DeleteAnyOf(Table table) =>
        $"""
        delete from {Quote(table.Name)} t
        using unnest($1::uuid[], $2::uuid[]) as u(tenant_id, id)
        where t.tenant_id = u.tenant_id and t.id = u.id
        """;

    private static string ColumnList(Table table) => string.Join(", ", table.Columns.Select(column => Quote(column.Name)));

    private static string ArrayList(Table table) =>
        string.Join(", ", table.Columns.Select((column, at) => $"${at + 1}::{ColumnArray.SqlType(column.Type)}[]"));

    private static string Quote(string name) => '"' + name + '"';
}
