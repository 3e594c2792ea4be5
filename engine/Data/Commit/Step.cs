namespace Switchboard.Data.Commit;

/// <summary>
/// Everything that one burst, request or chunk of an import changes: rows as data, applied together or not at all. A step
/// changes nothing by itself; <c>GroupCommitter</c> applies many of them in one transaction, and an import applies
/// thousands in a transaction of its own. Updates and deletes name the version they read; if one no longer holds, the whole step is
/// refused (<see cref="StepOutcome.Fenced"/>) and whoever built it reads again and builds another.
/// </summary>
/// <param name="tenantId">The tenant whose rows these are; written by trusted code only, because the committer's role passes row-level security.</param>
public sealed class Step(Guid tenantId)
{
    public Guid TenantId { get; } = tenantId;

    public List<RowInsert> Inserts { get; } = [];

    public List<RowUpdate> Updates { get; } = [];

    public List<RowDelete> Deletes { get; } = [];

    /// <summary>Rows that are only referred to.</summary>
    public List<RowReliance> Reliances { get; } = [];

    /// <summary>Run after the commit, in order, on the committer's thread: must be short and must not throw (signals to pumps, cache invalidation).</summary>
    public List<Action> Committed { get; } = [];

    public void Insert(Table table, params object?[] row) => Inserts.Add(new RowInsert(table, row));

    /// <param name="row">The whole row as it shall be, its version already raised by one.</param>
    /// <param name="expectedVersion">The version that was read.</param>
    public void Update(Table table, object?[] row, long expectedVersion) => Updates.Add(new RowUpdate(table, row, expectedVersion));

    /// <param name="expectedVersion">The version that was read; null deletes whatever is there, and nothing being there is no refusal.</param>
    public void Delete(Table table, Guid id, long? expectedVersion = null) => Deletes.Add(new RowDelete(table, id, expectedVersion));

    /// <summary>
    /// The step refers to this row, which may go meanwhile: where that breaks a rule of the database, the step is refused as behind
    /// instead of failing. As long as no rule is broken nobody looks.
    /// </summary>
    /// <param name="version">The version that was read.</param>
    public void Rely(Table table, Guid id, long version) => Reliances.Add(new RowReliance(table, id, version));

    /// <summary>Adds all of another step of the same tenant, so that both are applied together or not at all.</summary>
    public void Include(Step other)
    {
        if (other.TenantId != TenantId)
            throw new ArgumentException($"A step of tenant {TenantId} cannot include one of {other.TenantId}.", nameof(other));
        Inserts.AddRange(other.Inserts);
        Updates.AddRange(other.Updates);
        Deletes.AddRange(other.Deletes);
        Reliances.AddRange(other.Reliances);
        Committed.AddRange(other.Committed);
    }

    internal void ThrowIfRowTwice()
    {
        if (Updates.Count + Deletes.Count < 2)
            return;
        var seen = new HashSet<RowKey>(Updates.Count + Deletes.Count);
        foreach (var key in Updates.Select(row => new RowKey(row.Table, (Guid)row.Row[1]!)).Concat(Deletes.Select(row => new RowKey(row.Table, row.Id))))
        {
            if (!seen.Add(key))
                throw new ArgumentException($"The step changes the row {key.Id} of {key.Table} twice; merge both changes into one.");
        }
    }
}

public readonly record struct RowInsert(Table Table, object?[] Row);

public readonly record struct RowUpdate(Table Table, object?[] Row, long ExpectedVersion);

public readonly record struct RowDelete(Table Table, Guid Id, long? ExpectedVersion);

public readonly record struct RowReliance(Table Table, Guid Id, long Version);

/// <summary>How the commit of a step ended when it did not fail for infrastructure reasons.</summary>
public enum StepOutcome
{
    /// <summary>Durable.</summary>
    Committed,

    /// <summary>A row has another version than the one read, or is gone; nothing of the step was applied.</summary>
    Fenced,
}
