using System.Diagnostics;
using System.Globalization;
using System.Security;
using System.Text;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Feel;

namespace Switchboard.Benchmarks;

/// <summary>
/// The routing table of 100 rows (99 seeded rows and one that catches all; five inputs, three outputs, first hit), beside a loop
/// written by hand over the same rows, and the same table with 10,000 rows.
/// </summary>
internal static class TableBenchmarks
{
    private static readonly string[] Languages = ["en", "de", "es", "fr", "it", "pt", "pl", "nl"];
    private static readonly string[] Countries = ["US", "GB", "DE", "AT", "CH", "ES", "FR", "IT", "PL", "NL"];
    private static readonly string[] Sources = ["web", "ads", "phone", "partner", "event"];

    /// <returns>Whether every goal was reached in the best round.</returns>
    public static bool Run(int rounds)
    {
        var inputs = Inputs(1000, 7);
        var (small, large) = (new Compared(100, inputs), new Compared(10_000, inputs));
        small.Check();
        large.Check();

        var best = (Hand: 0.0, Small: 0.0, Large: 0.0, Share: 0.0, Growth: double.MaxValue);
        for (var round = 0; round < Math.Max(rounds, 3) + 1; round++)
        {
            var (hand, first, ten) = (Rate(small.ByHand), Rate(small.ByTable), Rate(large.ByTable));
            if (round == 0)
                continue; // compiled and warm before it counts
            best = (Math.Max(best.Hand, hand), Math.Max(best.Small, first), Math.Max(best.Large, ten), Math.Max(best.Share, first / hand), Math.Min(best.Growth, first / ten));
        }

        Console.WriteLine(Text($"| decision tables, one core | evaluations/s | goal |"));
        Console.WriteLine("|---|---|---|");
        Console.WriteLine(Text($"| loop by hand, 100 rows, first hit | {best.Hand:#,0} | |"));
        Console.WriteLine(Text($"| table, 100 rows, first hit | {best.Small:#,0} | 2,000,000 |"));
        Console.WriteLine(Text($"| × the loop by hand | {best.Share:0.00} | 0.30 |"));
        Console.WriteLine(Text($"| table, 10,000 rows, first hit | {best.Large:#,0} | |"));
        Console.WriteLine(Text($"| time of 10,000 rows / time of 100 | {best.Growth:0.00} | at most 3 |"));
        Console.WriteLine(Text($"| reading 10,000 rows | {large.ReadMilliseconds:#,0} ms | |"));
        Console.WriteLine(Text($"| allocated by an evaluation | {small.AllocatedBytes():0} bytes | 0 |"));
        return best.Small >= 2_000_000 && best.Share >= 0.3 && best.Growth <= 3;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Rate(Func<int> thousand)
    {
        var (started, runs) = (Stopwatch.GetTimestamp(), 0);
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(400))
        {
            GC.KeepAlive(thousand());
            runs++;
        }
        return runs * 1000 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static Input[] Inputs(int count, uint seed)
    {
        var random = new Generator(seed);
        return [.. Enumerable.Range(0, count).Select(_ => new Input(
            random.Pick(Languages), random.Below(110), random.Pick(Countries), random.Pick(Sources), random.Below(800)))];
    }

    private static List<Row> Rows(int count, uint seed)
    {
        var random = new Generator(seed);
        var rows = new List<Row>();
        for (var i = 0; i < count - 1; i++)
        {
            var low = random.Below(80);
            var high = low + 10 + random.Below(20);
            var (a, b) = (random.Pick(Countries), random.Pick(Countries));
            var (first, second) = (random.Pick(Sources), random.Pick(Sources));
            var employees = random.Below(500);
            var language = random.Pick(Languages);
            double[] chance = [random.Next(), random.Next(), random.Next(), random.Next()];
            rows.Add(new Row(
                chance[0] < 0.2 ? null : language, low, high, chance[1] < 0.4 ? null : a == b ? [a] : [a, b],
                chance[2] < 0.3 ? null : first == second ? [first] : [first, second], chance[3] < 0.3 ? null : employees,
                $"Q{i % 12}", i % 5, random.Below(100)));
        }
        rows.Add(new Row(null, null, null, null, null, null, "default", 9, 0));
        return rows;
    }

    private static string Document(List<Row> rows)
    {
        var xml = new StringBuilder("""
            <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="routing" namespace="urn:routing">
            """);
        (string Name, string Type)[] inputs = [("language", "string"), ("score", "number"), ("country", "string"), ("source", "string"), ("employees", "number")];
        foreach (var (name, type) in inputs)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<inputData id='{name}' name='{name}'><variable name='{name}' typeRef='{type}'/></inputData>");
        }
        xml.Append("<decision id='route' name='route'><variable name='route'/>");
        foreach (var (name, _) in inputs)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<informationRequirement><requiredInput href='#{name}'/></informationRequirement>");
        }
        xml.Append("<decisionTable hitPolicy='FIRST'>");
        foreach (var (name, type) in inputs)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<input><inputExpression typeRef='{type}'><text>{name}</text></inputExpression></input>");
        }
        xml.Append("<output name='queue' typeRef='string'/><output name='priority' typeRef='number'/><output name='points' typeRef='number'/>");
        foreach (var row in rows)
        {
            xml.Append("<rule>");
            string[] cells =
            [
                Quoted(row.Language is null ? null : [row.Language]), row.Low is null ? "-" : $"[{row.Low}..{row.High}]", Quoted(row.Country), Quoted(row.Source),
                row.Employees is null ? "-" : $">= {row.Employees}",
            ];
            foreach (var cell in cells)
            {
                xml.Append(CultureInfo.InvariantCulture, $"<inputEntry><text>{SecurityElement.Escape(cell)}</text></inputEntry>");
            }
            foreach (var cell in new[] { $"\"{row.Queue}\"", Text($"{row.Priority}"), Text($"{row.Points}") })
            {
                xml.Append(CultureInfo.InvariantCulture, $"<outputEntry><text>{cell}</text></outputEntry>");
            }
            xml.Append("</rule>");
        }
        return xml.Append("</decisionTable></decision></definitions>").ToString();
    }

    private static string Quoted(string[]? values) => values is null ? "-" : string.Join(", ", values.Select(value => $"\"{value}\""));

    private sealed record Input(string Language, int Score, string Country, string Source, int Employees);

    private sealed record Row(string? Language, int? Low, int? High, string[]? Country, string[]? Source, int? Employees, string Queue, int Priority, int Points);

    /// <summary>The generator of the reference: the same rows in every language.</summary>
    private sealed class Generator(uint seed)
    {
        private uint state = seed;

        public double Next() => (state = (state * 1664525) + 1013904223) / 4294967296.0;

        public int Below(int limit) => (int)(Next() * limit);

        public T Pick<T>(T[] values) => values[Below(values.Length)];
    }

    /// <summary>A table and the loop by hand over the same rows and inputs.</summary>
    private sealed class Compared
    {
        private readonly List<Row> rows;
        private readonly Input[] inputs;
        private readonly DecisionTable table;
        private readonly FeelValue[][] frames;
        private readonly FeelRun run = new(TimeProvider.System);

        public Compared(int count, Input[] inputs)
        {
            rows = Rows(count, 42);
            this.inputs = inputs;
            var document = Document(rows);
            var started = Stopwatch.GetTimestamp();
            var model = DmnModel.Parse(document);
            ReadMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (model.Problems.Count > 0)
                throw new InvalidOperationException(model.Problems[0].Message);
            table = model.Decisions[0].Tables[0];
            frames = Array.ConvertAll(inputs, input => (FeelValue[])
            [
                FeelValue.Of(input.Language), FeelValue.Of((decimal)input.Score), FeelValue.Of(input.Country), FeelValue.Of(input.Source),
                FeelValue.Of((decimal)input.Employees), default,
            ]);
        }

        public double ReadMilliseconds { get; }

        public int ByTable()
        {
            var found = 0;
            foreach (var frame in frames)
            {
                found += table.Evaluate(frame, run).IsNull ? 0 : 1;
            }
            return found;
        }

        public int ByHand()
        {
            var found = 0;
            foreach (var input in inputs)
            {
                found += First(input) is null ? 0 : 1;
            }
            return found;
        }

        public void Check()
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var expected = First(inputs[i])!;
                var output = table.Evaluate(frames[i], run).AsContext();
                if (!output.TryGet("queue", out var queue) || queue.AsString() != expected.Queue || !output.TryGet("points", out var points) || points.ToString() != Text($"{expected.Points}"))
                    throw new InvalidOperationException($"The table and the loop by hand differ for {inputs[i]}.");
            }
        }

        public double AllocatedBytes()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            ByTable();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)inputs.Length;
        }

        private Row? First(Input input)
        {
            foreach (var row in rows)
            {
                if ((row.Language is null || row.Language == input.Language)
                    && (row.Low is null || (input.Score >= row.Low && input.Score <= row.High))
                    && (row.Country is null || Array.IndexOf(row.Country, input.Country) >= 0)
                    && (row.Source is null || Array.IndexOf(row.Source, input.Source) >= 0)
                    && (row.Employees is null || input.Employees >= row.Employees))
                {
                    return row;
                }
            }
            return null;
        }
    }
}
