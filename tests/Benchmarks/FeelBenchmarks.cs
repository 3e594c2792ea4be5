using System.Diagnostics;
using System.Globalization;

using Switchboard.Rules.Feel;

namespace Switchboard.Benchmarks;

/// <summary>
/// Ten expressions over nine fields and a list of ten rows, each beside the same reckoned by hand in the same run. The hand
/// is given decimals and strings, so it is the bound, not a rival.
/// </summary>
internal static class FeelBenchmarks
{
    private const double Goal = 1_000_000;

    private static readonly RowShape Item = new("item", [new RowField("price", FeelType.Number), new RowField("qty", FeelType.Number)]);
    private static readonly RowShape Lead = new("lead", [new RowField("country", FeelType.String), new RowField("score", FeelType.Number)]);
    private static readonly RowShape Agent = new("agent", [new RowField("load", FeelType.Number), new RowField("capacity", FeelType.Number)]);

    private static readonly FeelScope Scope = FeelScope.Empty
        .With("amount", FeelType.Number).With("discount", FeelType.Number).With("score", FeelType.Number).With("lead", new RowType(Lead))
        .With("items", new ListType(new RowType(Item))).With("skills", new ListType(FeelType.String)).With("language", FeelType.String)
        .With("name", FeelType.String).With("agents", new ListType(new RowType(Agent)));

    private static readonly (decimal Price, decimal Qty)[] Items = [.. Enumerable.Range(1, 10).Select(i => (i * 2.5m, (decimal)(i % 3)))];
    private static readonly (decimal Load, decimal Capacity)[] Agents = [.. Enumerable.Range(1, 10).Select(i => ((decimal)i, 20m))];
    private static readonly string[] Skills = ["en", "de", "fr", "es"];

    private static readonly FeelValue[] Slots =
    [
        FeelValue.Of(1999.95m), FeelValue.Of(15m), FeelValue.Of(72m), Row(Lead, FeelValue.Of("AT"), FeelValue.Of(61m)),
        FeelValue.ListOf([.. Items.Select(item => Row(Item, FeelValue.Of(item.Price), FeelValue.Of(item.Qty)))]),
        FeelValue.ListOf([.. Skills.Select(FeelValue.Of)]), FeelValue.Of("es"), FeelValue.Of("switchboard"),
        FeelValue.ListOf([.. Agents.Select(agent => Row(Agent, FeelValue.Of(agent.Load), FeelValue.Of(agent.Capacity)))]),
    ];

    private static decimal amount = 1999.95m;
    private static decimal discount = 15m;
    private static decimal score = 72m;
    private static string country = "AT";
    private static string language = "es";
    private static string name = "switchboard";

    private static readonly (string Text, Func<FeelValue> ByHand)[] Expressions =
    [
        ("amount * (1 - discount / 100)", () => FeelValue.Of(amount * (1 - (discount / 100)))),
        ("if score >= 80 then \"hot\" else if score >= 50 then \"warm\" else \"cold\"", () => FeelValue.Of(score >= 80 ? "hot" : score >= 50 ? "warm" : "cold")),
        ("list contains([\"DE\", \"AT\", \"CH\"], lead.country) and lead.score > 50", () => FeelValue.Of(country is "DE" or "AT" or "CH" && 61m > 50)),
        ("sum(for i in items return i.price * i.qty)", () =>
        {
            var sum = 0m;
            foreach (var (price, qty) in Items)
                sum += price * qty;
            return FeelValue.Of(sum);
        }),
        ("count(items[price > 10])", () =>
        {
            var count = 0;
            foreach (var (price, _) in Items)
                count += price > 10 ? 1 : 0;
            return FeelValue.Of((decimal)count);
        }),
        ("some s in skills satisfies s = language", () => FeelValue.Of(Array.IndexOf(Skills, language) >= 0)),
        ("upper case(substring(name, 1, 3))", () => FeelValue.Of(name[..3].ToUpperInvariant())),
        ("date(\"2026-11-21\") > date(\"2026-01-01\") + duration(\"P100D\")", () => FeelValue.Of(new DateOnly(2026, 11, 21) > new DateOnly(2026, 1, 1).AddDays(100))),
        ("min(10, 5, score) + max(1, 2, 3) * 2 ** 3", () => FeelValue.Of(Math.Min(Math.Min(10m, 5m), score) + (Math.Max(Math.Max(1m, 2m), 3m) * 8m))),
        ("every a in agents satisfies a.load < a.capacity", () =>
        {
            foreach (var (load, capacity) in Agents)
            {
                if (load >= capacity)
                    return FeelValue.Of(false);
            }
            return FeelValue.Of(true);
        }),
    ];

    /// <returns>Whether every expression reached the goal in its best round.</returns>
    public static bool Run(int rounds)
    {
        Console.WriteLine(Text($"| FEEL, one core | evaluations/s (goal {Goal:#,0}) | by hand/s | × by hand | bytes each |"));
        Console.WriteLine("|---|---|---|---|---|");
        var reached = true;
        foreach (var (text, byHand) in Expressions)
        {
            var expression = FeelExpression.Parse(text, Scope);
            var run = new FeelRun(TimeProvider.System, new FeelBudget { Steps = long.MaxValue });
            if (!FeelEqualityComparer.Instance.Equals(expression.Evaluate(Slots, run), byHand()))
                throw new InvalidOperationException($"{text} gives {expression.Evaluate(Slots, run)}, by hand {byHand()}.");
            Rate(() => expression.Evaluate(Slots, run));
            var (best, hand, share) = (0.0, 0.0, 0.0);
            for (var round = 0; round < Math.Max(rounds, 2); round++)
            {
                var (compiled, manual) = (Rate(() => expression.Evaluate(Slots, run)), Rate(byHand));
                (best, hand, share) = (Math.Max(best, compiled), Math.Max(hand, manual), Math.Max(share, compiled / manual));
            }
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                expression.Evaluate(Slots, run);
            var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
            Console.WriteLine(Text($"| `{text}` | {best:#,0} | {hand:#,0} | {share:0.00} | {bytes} |"));
            reached &= best >= Goal;
        }
        return reached;
    }

    private static double Rate(Func<FeelValue> evaluate)
    {
        var (started, count) = (Stopwatch.GetTimestamp(), 0);
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(200))
        {
            for (var i = 0; i < 500; i++)
                evaluate();
            count += 500;
        }
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static FeelValue Row(RowShape shape, params FeelValue[] values) => FeelValue.Of(new FeelRow(shape, values));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
