using System.Diagnostics;

namespace Switchboard.Rules.Feel;

/// <summary>
/// What one evaluation needs from outside and leaves behind: the clock, the zone, the budget and the diagnostics. Not to be
/// shared between threads.
/// </summary>
public sealed class FeelRun
{
    private const int StepsBetweenLooks = 256;

    // What passes between two looks may be the pause of a session that nobody asks anything, rather than work.
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(250);

    private readonly Lazy<DateTimeOffset> now;
    private List<FeelDiagnostic>? diagnostics;
    private bool isStopNoted;
    private long stepsAtNextLook;
    private long lastLook;
    private TimeSpan taken;

    /// <param name="time">What today() and now() are read from, once a run.</param>
    /// <param name="budget">What the evaluation may use; null for <see cref="FeelBudget.Default"/>.</param>
    public FeelRun(TimeProvider time, FeelBudget? budget = null)
    {
        now = new Lazy<DateTimeOffset>(() => TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone), isThreadSafe: false);
        Zone = time.LocalTimeZone;
        Budget = budget ?? FeelBudget.Default;
        StepsLeft = Budget.Steps;
        stepsAtNextLook = Math.Max(StepsLeft - StepsBetweenLooks, -1);
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
        if (--StepsLeft > stepsAtNextLook)
            return true;
        return Look();
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

    /// <summary>Why something was null that an author may not have meant, in the order in which it happened. At most 100 are kept, and why the run was stopped.</summary>
    public IReadOnlyList<FeelDiagnostic> Diagnostics => diagnostics ?? [];

    /// <summary>Notes why a value is null and returns it.</summary>
    public FeelValue Fail(string code, string message, TextSpan span = default)
    {
        diagnostics ??= [];
        // Who asks whether a run went to its end finds out also after a hundred other complaints.
        var isStop = !isStopNoted && code.StartsWith("budget", StringComparison.Ordinal);
        isStopNoted |= isStop;
        if (diagnostics.Count < 100 || isStop)
            diagnostics.Add(new FeelDiagnostic(code, message, span));
        return default;
    }

    /// <summary>Whether the budget still allows to go on: steps are counted each, the time is looked at now and then.</summary>
    private bool Look()
    {
        if (StepsLeft < 0)
        {
            if (StepsLeft == -1)
                Fail("budget_steps", $"The evaluation was stopped after {Budget.Steps} steps.");
            return false;
        }
        var look = Stopwatch.GetTimestamp();
        if (lastLook != 0 && Stopwatch.GetElapsedTime(lastLook, look) is var passed)
            taken += passed < LongestLook ? passed : LongestLook;
        lastLook = look;
        stepsAtNextLook = Math.Max(StepsLeft - StepsBetweenLooks, -1);
        if (taken <= Budget.Time)
            return true;
        StepsLeft = -2;
        Fail("budget_time", $"The evaluation was stopped after {Budget.Time.TotalSeconds} s.");
        return false;
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

    /// <summary>How deep lists and contexts may be nested that are compared, printed or given out. Default 60: readers of JSON go to 64.</summary>
    public int Nesting { get; init; } = 60;

    /// <summary>How long a run may work, pauses between its evaluations left out. Default 10 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one regular expression may look. Default 100 ms.</summary>
    public TimeSpan RegexTime { get; init; } = TimeSpan.FromMilliseconds(100);
}
