namespace Switchboard.Rules.Feel.Values;

/// <summary>
/// How far something has gone through a value. Lists may hold one part many times, so that what takes forty elements in memory
/// is a tree of a million million; and what grew round by round may be nested deeper than the stack. Whatever goes through a
/// value therefore counts, and ends.
/// </summary>
internal struct Walk(long most, int deepest)
{
    private const int ValuesAStep = 8;
    private readonly long most = most;
    private long left = most;
    private int depth;

    /// <summary>For what knows no run: as much as the default budget.</summary>
    public Walk()
        : this(FeelBudget.Default.ListLength, FeelBudget.Default.Nesting)
    {
    }

    /// <summary>Whether it was stopped; then what was found does not count.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether that was for the depth.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>What a run may still go through.</summary>
    public static Walk Of(FeelRun run) => new(Math.Min(run.Budget.ListLength, Math.Max(run.StepsLeft, 0) / 2 * ValuesAStep), run.Budget.Nesting);

    /// <summary>Counts values; false once it is stopped.</summary>
    public bool Count(long values = 1)
    {
        left -= values;
        IsStopped |= left < 0;
        return !IsStopped;
    }

    /// <summary>Goes into a list or a context; false once it is stopped. Then there is nothing to leave.</summary>
    public bool Enter()
    {
        if (depth >= deepest)
            (IsStopped, IsTooDeep) = (true, true);
        if (!Count())
            return false;
        depth++;
        return true;
    }

    /// <summary>Comes out again.</summary>
    public void Leave() => depth--;

    /// <summary>Has the run pay for it; false, with a diagnostic, where it was stopped.</summary>
    public readonly bool Pay(FeelRun run)
    {
        if (IsTooDeep)
            run.Fail("budget_nesting", $"A value is nested more than {run.Budget.Nesting} levels deep.");
        else if (IsStopped)
            run.Fail("budget_list", $"A value has more than {run.Budget.ListLength} parts.");
        return run.Steps((most - left) / ValuesAStep) && !IsStopped;
    }
}
