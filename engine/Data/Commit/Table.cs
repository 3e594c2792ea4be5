using NpgsqlTypes;

namespace Switchboard.Data.Commit;

/// <summary>One column of a table as the committer writes it.</summary>
/// <param name="Name">The column, snake_case.</param>
/// <param name="Type">The PostgreSQL type of one value (not of the array that carries many).</param>
public sealed record Column(string Name, NpgsqlDbType Type);

/// <summary>
/// A table that steps write to: rows are arrays of values in the order of <see cref="Columns"/>. Values are the CLR type
/// that Npgsql maps (<c>Guid, string, long, int, bool, decimal, DateOnly, DateTimeOffset</c> in UTC, <c>byte[]</c>; jsonb
/// as its text) or null. Every table of a tenant begins with <c>tenant_id, id</c>.
/// </summary>
public sealed class Table
{
    public Table(string name, params IReadOnlyList<Column> columns)
    {
        Name = name;
        Columns = columns;
        VersionAt = IndexOf("version");
        Sql = new TableSql(this);
    }

    public string Name { get; }

    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The position of <c>version</c>, by which updates and deletes are fenced; -1 for a table without.</summary>
    public int VersionAt { get; }

    /// <summary>
    /// Lower first when rows of several tables are inserted, higher first when they are deleted, so that foreign keys hold.
    /// </summary>
    public int Rank { get; init; } = 1000;

    /// <summary>
    /// Whether its updates go before all inserts: a step that is behind is then refused by this table's fence, before the
    /// rows that it would add twice break a unique key. Not for a table whose updates may refer to rows of their own step.
    /// </summary>
    public bool UpdatesFirst { get; init; }

    /// <summary>The position of a column; -1 if the table has none of that name.</summary>
    public int IndexOf(string column)
    {
        for (var at = 0; at < Columns.Count; at++)
        {
            if (Columns[at].Name == column)
                return at;
        }
        return -1;
    }

    /// <summary>The committer's statements for this table.</summary>
    internal TableSql Sql { get; }

    public override string ToString() => Name;
}
