namespace Switchboard.Rules.Feel;

/// <summary>
/// What one evaluation needs from outside and leaves behind: the clock, the zone, the budget and the diagnostics. Not to be
/// shared between threads.
/// </summary>
public sealed class FeelRun
{
    private readonly Lazy<DateTimeOffset> now;
    private List<FeelDiagnostic>? diagnostics;

    /// <param name="time">What today() and now() are read from, once a run.</param>
    /// <param name="budget">What the evaluation may use; null for <see cref="FeelBudget.Default"/>.</param>
    public FeelRun(TimeProvider time, FeelBudget? budget = null)
    {
        now = new Lazy<DateTimeOffset>(() => TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone), isThreadSafe: false);
        Zone = time.LocalTimeZone;
        Budget = budget ?? FeelBudget.Default;
        StepsLeft = Budget.Steps;
    }

    /// <summary>The instant of this run, in <see cref="Zone"/>: the same whenever it is asked.</summary>
    public DateTimeOffset Now => now.Value;

    /// <summary>The zone that today() and now() are in.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>What the run may use.</summary>
    public FeelBudget Budget { get; }

    /// <summary>How many steps are left; below zero the run has been stopped.</summary>
    public long StepsLeft { get; internal set; }

    /// <summary>How many functions are inside each other now.</summary>
    internal int Depth { get; set; }

    /// <summary>Uses a step up; false once none is left, and then whoever loops ends.</summary>
    public bool Step()
    {
        if (--StepsLeft >= 0)
            return true;
        if (StepsLeft == -1)
            Fail("budget_steps", $"The evaluation was stopped after {Budget.Steps} steps.");
        return false;
    }

    /// <summary>Uses several steps up at once.</summary>
    public bool Steps(long count)
    {
        if (StepsLeft < 0)
            return false;
        StepsLeft -= Math.Max(count - 1, 0);
        if (StepsLeft <= 0)
            StepsLeft = 0;
        return Step();
    }

    /// <summary>Why something was null that an author may not have meant, in the order in which it happened. At most 100 are kept.</summary>
    public IReadOnlyList<FeelDiagnostic> Diagnostics => diagnostics ?? [];

    /// <summary>Notes why a value is null and returns it.</summary>
    public FeelValue Fail(string code, string message, TextSpan span = default)
    {
        diagnostics ??= [];
        if (diagnostics.Count < 100)
            diagnostics.Add(new FeelDiagnostic(code, message, span));
        return default;
    }

    /// <summary>Says where what was noted since stands in the source, for what did not know itself.</summary>
    internal void Locate(int since, TextSpan span)
    {
        for (var i = since; i < diagnostics?.Count; i++)
        {
            if (diagnostics[i].Span == default)
                diagnostics[i] = diagnostics[i] with { Span = span };
        }
    }
}

/// <summary>Why a value is null.</summary>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">What was wrong, with the values, for the author.</param>
/// <param name="Span">Where in the source.</param>
public readonly record struct FeelDiagnostic(string Code, string Message, TextSpan Span);

/// <summary>A part of a source text.</summary>
/// <param name="Start">The first UTF-16 unit, from 0.</param>
/// <param name="Length">How many units.</param>
public readonly record struct TextSpan(int Start, int Length);

/// <summary>What one evaluation may use. A run that needs more gives null with a diagnostic; nothing gets round it.</summary>
public sealed record FeelBudget
{
    /// <summary>Enough for any decision that somebody meant.</summary>
    public static readonly FeelBudget Default = new();

    /// <summary>Calls, iterations and elements made. Default 5,000,000, about a second.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>How deep functions may call functions. Default 200.</summary>
    public int Depth { get; init; } = 200;

    /// <summary>The longest list that may be made. Default 1,000,000 elements.</summary>
    public int ListLength { get; init; } = 1_000_000;

    /// <summary>The longest text that may be made. Default 1,000,000 UTF-16 units.</summary>
    public int StringLength { get; init; } = 1_000_000;

    /// <summary>How long one regular expression may look. Default 100 ms.</summary>
    public TimeSpan RegexTime { get; init; } = TimeSpan.FromMilliseconds(100);
}
