namespace Switchboard.Data.Commit;

/// <summary>How <see cref="GroupCommitter"/> gathers steps and how long it waits for the database.</summary>
public sealed class CommitOptions
{
    /// <summary>Most steps in one transaction. Default 512. More adds latency to all of them and no throughput.</summary>
    public int MaxSteps { get; set; } = 512;

    /// <summary>Most bytes of rows in one transaction, roughly. Default 4 MiB. One larger step still goes, alone.</summary>
    public int MaxBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Transactions that may be under way at once. Default 2: one is written while the callers of the other reckon what comes
    /// next. More split the steps into smaller transactions and gain nothing.
    /// </summary>
    public int Lanes { get; set; } = 2;

    /// <summary>The fewest steps for which a transaction leaves beside another one. Default 8.</summary>
    public int LeastBeside { get; set; } = 8;

    /// <summary>How often a transaction is sent again after a deadlock or a lost connection before its steps are tried apart. Default 5.</summary>
    public int Attempts { get; set; } = 5;

    /// <summary>How long steps wait for a database that went away before they fail with <see cref="CommitException"/>. Default 10 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public void Validate()
    {
        if (MaxSteps is < 1 or > 10_000)
            throw new ArgumentException($"Commit:MaxSteps is {MaxSteps}; it must be from 1 to 10000.");
        if (MaxBytes < 64 * 1024)
            throw new ArgumentException($"Commit:MaxBytes is {MaxBytes}; it must be at least 65536.");
        if (Lanes is < 1 or > 16)
            throw new ArgumentException($"Commit:Lanes is {Lanes}; it must be from 1 to 16.");
        if (LeastBeside < 1)
            throw new ArgumentException($"Commit:LeastBeside is {LeastBeside}; it must be at least 1.");
        if (Attempts is < 1 or > 100)
            throw new ArgumentException($"Commit:Attempts is {Attempts}; it must be from 1 to 100.");
        if (Patience < TimeSpan.FromMilliseconds(100))
            throw new ArgumentException($"Commit:Patience is {Patience}; it must be at least 100 ms.");
    }
}
