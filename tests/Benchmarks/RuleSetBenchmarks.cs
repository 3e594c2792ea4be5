using System.Diagnostics;
using System.Globalization;

using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

namespace Switchboard.Benchmarks;

/// <summary>
/// The rule-set workloads that NRules 1.0 was measured with (its medians on the same class of machine stand beside ours): joins,
/// negation with assignment, aggregates, Miss Manners, compiling, stateless scoring. Beside the assignment, the same job by hand.
/// </summary>
internal static class RuleSetBenchmarks
{
    private static readonly string[] Languages = ["en", "de", "es", "fr", "it", "pt", "pl", "nl"];
    private static readonly List<string> Lines = [];
    private static bool reached;

    /// <returns>Whether every goal was reached in the best round.</returns>
    public static bool Run(int rounds)
    {
        rounds = Math.Max(rounds, 3);
        reached = true;
        Join(rounds);
        Assign(rounds);
        Aggregates(rounds);
        foreach (var (guests, peer, goal) in new[] { (16, 9.0, 0.0), (32, 17.3, 0.0), (64, 204.0, 40.0) })
        {
            var dinner = Best(rounds + 5, () => Manners(guests, "seating.id = context.lastSeating"));
            Line($"Manners {guests}, depth-first", dinner, "ms", peer, goal, atMost: true);
        }
        Line("Manners 64, classic rules by recency", Best(rounds, () => Manners(64, null)), "ms", 0, 0, atMost: true);
        Compile(rounds);
        Score(rounds);
        Console.WriteLine("| rule sets, one core | measured | unit | NRules 1.0 | goal |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var line in Lines)
            Console.WriteLine(line);
        Lines.Clear();
        return reached;
    }

    private static RuleSetBuilder Facts(string name) => new RuleSetBuilder(name)
        .Fact("Campaign", ("id", FeelType.Number), ("active", FeelType.Boolean))
        .Fact("Agent", ("id", FeelType.Number), ("available", FeelType.Boolean), ("skills", new ListType(FeelType.String)), ("load", FeelType.Number), ("capacity", FeelType.Number))
        .Fact("Lead", ("id", FeelType.Number), ("status", FeelType.String), ("language", FeelType.String), ("campaign", FeelType.Number), ("score", FeelType.Number))
        .Fact("Assignment", ("leadId", FeelType.Number), ("agentId", FeelType.Number));

    private static List<FeelRow> Rows(RuleSet set, int leads, int agents, int campaigns, int capacity)
    {
        var random = new Random(42);
        var rows = new List<FeelRow>();
        var agentRows = Enumerable.Range(1, agents).Select(id => new FeelRow(set.ShapeOf("Agent"), [
            Number(id), FeelValue.Of(random.NextDouble() < 0.8),
            FeelValue.ListOf([.. new HashSet<string>([Languages[random.Next(8)], Languages[random.Next(8)], Languages[random.Next(8)]]).Select(FeelValue.Of)]),
            Number(0), Number(capacity)])).ToList();
        var leadRows = Enumerable.Range(1, leads).Select(id => new FeelRow(set.ShapeOf("Lead"), [
            Number(id), FeelValue.Of("New"), FeelValue.Of(Languages[random.Next(8)]), Number(1 + random.Next(campaigns)), Number(random.Next(100))])).ToList();
        rows.AddRange(Enumerable.Range(1, campaigns).Select(id => new FeelRow(set.ShapeOf("Campaign"), [Number(id), FeelValue.Of(id % 10 != 0)])));
        rows.AddRange(agentRows);
        rows.AddRange(leadRows);
        return rows;
    }

    private static void Join(int rounds)
    {
        var count = 0;
        var set = Facts("A1").Rule("join", rule => rule
            .Match("c", "Campaign", "active")
            .Match("lead", "Lead", "status = \"New\" and campaign = c.id")
            .Match("agent", "Agent", "available and load < capacity and list contains(skills, lead.language)")
            .Do(_ => count++)).Build();
        foreach (var (leads, agents, peerInserts, peerFirings) in new[] { (1000, 100, 69_321, 3_970_000), (5000, 200, 23_237, 3_260_000) })
        {
            var rows = Rows(set, leads, agents, 20, 20);
            var (insert, fire) = (double.MaxValue, double.MaxValue);
            // The smaller case takes 5 ms: it needs the more rounds until all of it is compiled for good.
            for (var round = 0; round < rounds + (leads == 1000 ? 150 : 20); round++)
            {
                var session = set.Open(Now());
                count = 0;
                var inserted = Time(() => rows.ForEach(row => session.Insert(row)));
                var fired = Time(() => session.Fire());
                (insert, fire) = (Math.Min(insert, inserted), Math.Min(fire, fired));
            }
            Line($"A1 join, {leads} leads: facts inserted", rows.Count / insert * 1000, "facts/s", peerInserts, peerInserts * 5.0);
            Line($"A1 join, {leads} leads: {count} firings", count / fire * 1000, "firings/s", peerFirings, peerFirings * 5.0);
            Line($"A1 join, {leads} leads: both together", insert + fire, "ms", leads == 1000 ? 21.9 : 295, leads == 1000 ? 21.9 / 5 : 295 / 5, atMost: true);
        }
    }

    private static void Assign(int rounds)
    {
        var set = Facts("A2").Rule("assign", rule => rule
            .Match("lead", "Lead", "status = \"New\"")
            .Match("agent", "Agent", "available and load < capacity and list contains(skills, lead.language)")
            .Not("Assignment", "leadId = lead.id")
            .Insert("Assignment", ("leadId", "lead.id"), ("agentId", "agent.id"))
            .Update("agent", ("load", "agent.load + 1"))
            .Update("lead", ("status", "\"Assigned\""))).Build();
        var rates = new Dictionary<int, double>();
        foreach (var (leads, capacity) in new[] { (1000, 20), (10_000, 200) })
        {
            var rows = Rows(set, leads, 100, 20, capacity);
            var (best, hand, fired, byHand) = (double.MaxValue, double.MaxValue, 0, 0);
            for (var round = 0; round < rounds + 8; round++)
            {
                var session = set.Open(Now());
                best = Math.Min(best, Time(() =>
                {
                    rows.ForEach(row => session.Insert(row));
                    fired = session.Fire();
                }));
                hand = Math.Min(hand, Time(() => byHand = ByHand(rows)));
            }
            if (byHand != fired)
                throw new InvalidOperationException($"By hand {byHand} leads find an agent, by rules {fired}.");
            rates[leads] = fired / best * 1000;
            Line($"A2 negation, assign, {leads} leads: {fired} firings, inserts included", rates[leads], "firings/s", 262, 26_200);
            Line($"A2, {leads} leads: the time of the same by hand, every possible pair looked at", best / hand, "×", 0, 10, atMost: true);
        }
        Line("A2: time a firing, 10,000 leads / 1,000 leads", rates[1000] / rates[10_000], "×", 0, 2, atMost: true);
    }

    private sealed record HandAgent(decimal Id, List<string> Skills, decimal Capacity)
    {
        public decimal Load { get; set; }
    }

    /// <summary>Dictionaries and loops: agents by language, all pairs queued in order, each lead to the first agent that still has room.</summary>
    private static int ByHand(List<FeelRow> rows)
    {
        var byLanguage = new Dictionary<string, List<HandAgent>>();
        var pairs = new Queue<(decimal Lead, HandAgent Agent)>();
        var assigned = new Dictionary<decimal, decimal>();
        foreach (var row in rows)
        {
            if (row.Shape.Name == "Agent" && row.Values[1].IsTrue)
            {
                var agent = new HandAgent(row.Values[0].AsNumber(), [.. row.Values[2].AsList().Select(skill => skill.AsString())], row.Values[4].AsNumber());
                foreach (var skill in agent.Skills)
                {
                    if (!byLanguage.TryGetValue(skill, out var list))
                        byLanguage.Add(skill, list = []);
                    list.Add(agent);
                }
            }
            else if (row.Shape.Name == "Lead" && row.Values[1].AsString() == "New" && byLanguage.TryGetValue(row.Values[2].AsString(), out var agents))
            {
                foreach (var agent in agents)
                    pairs.Enqueue((row.Values[0].AsNumber(), agent));
            }
        }
        while (pairs.TryDequeue(out var pair))
        {
            if (pair.Agent.Load < pair.Agent.Capacity && assigned.TryAdd(pair.Lead, pair.Agent.Id))
                pair.Agent.Load++;
        }
        return assigned.Count;
    }

    private static void Aggregates(int rounds)
    {
        var sum = 0m;
        var collect = Facts("A3").Rule("collect", rule => rule
            .Match("c", "Campaign", "active")
            .Aggregate(AggregateKind.Collect, "leads", "Lead", ["status = \"New\"", "campaign = c.id"], having: "count(leads) >= 10")
            .Do(match => sum += match["leads"].AsList().Count)).Build();
        var group = Facts("A4").Rule("group", rule => rule
            .Aggregate(AggregateKind.Sum, "total", "Lead", ["status = \"New\""], of: "score", groupBy: "language", group: "language")
            .Do(match => sum += match["total"].AsNumber())).Build();
        foreach (var (name, set, leads, peer) in new[] { ("A3 collect", collect, 1000, 4.3), ("A3 collect", collect, 10_000, 69.9), ("A4 group", group, 1000, 1.6), ("A4 group", group, 10_000, 20.1) })
        {
            var rows = Rows(set, leads, 100, 20, 20);
            var best = double.MaxValue;
            // The smaller case takes 5 ms: it needs the more rounds until all of it is compiled for good.
            for (var round = 0; round < rounds + (leads == 1000 ? 150 : 20); round++)
            {
                var session = set.Open(Now());
                best = Math.Min(best, Time(() =>
                {
                    rows.ForEach(row => session.Insert(row));
                    session.Fire();
                }));
            }
            Line($"{name}, {leads} leads", best, "ms", peer, peer / 5, atMost: true);
        }
    }

    /// <summary>OPS5's Miss Manners; a condition more makes the search depth-first without a strategy.</summary>
    private static double Manners(int guests, string? depthFirst)
    {
        var key = depthFirst ?? "";
        if (!Dinners.TryGetValue(key, out var set))
            Dinners.Add(key, set = Dinner(depthFirst));
        var session = set.Open(Now());
        var random = new Random(1);
        var rows = new List<FeelRow>();
        for (var i = 1; i <= guests; i++)
        {
            var hobbies = new List<int> { 1, 2, 3 };
            if (2 + random.Next(2) == 2)
                hobbies.RemoveAt(random.Next(3));
            rows.AddRange(hobbies.Select(hobby => new FeelRow(set.ShapeOf("Guest"), [FeelValue.Of($"n{i}"), FeelValue.Of(i % 2 == 1 ? "m" : "f"), Number(hobby)])));
        }
        rows.Add(new FeelRow(set.ShapeOf("LastSeat"), [Number(guests)]));
        rows.Add(new FeelRow(set.ShapeOf("Count"), [Number(1)]));
        rows.Add(new FeelRow(set.ShapeOf("Context"), [FeelValue.Of("START"), Number(0)]));
        var fired = 0;
        var time = Time(() =>
        {
            rows.ForEach(row => session.Insert(row));
            fired = session.Fire();
        });
        if (!session.IsStopped || !session.Facts("Seating").Any(seating => seating.Row.Values[5].AsNumber() == guests))
            throw new InvalidOperationException($"{guests} guests were not seated after {fired} firings: {session.Problem?.Message}");
        return time;
    }

    private static readonly Dictionary<string, RuleSet> Dinners = [];

    private static RuleSet Dinner(string? depthFirst)
    {
        var builder = new RuleSetBuilder("Miss Manners")
            .Fact("Guest", ("name", FeelType.String), ("sex", FeelType.String), ("hobby", FeelType.Number))
            .Fact("LastSeat", ("seat", FeelType.Number))
            .Fact("Count", ("value", FeelType.Number))
            .Fact("Context", ("state", FeelType.String), ("lastSeating", FeelType.Number))
            .Fact("Seating", ("id", FeelType.Number), ("pid", FeelType.Number), ("leftSeat", FeelType.Number), ("leftGuest", FeelType.String), ("rightGuest", FeelType.String), ("rightSeat", FeelType.Number), ("pathDone", FeelType.Boolean))
            .Fact("Path", ("id", FeelType.Number), ("guest", FeelType.String), ("seat", FeelType.Number))
            .Fact("Chosen", ("id", FeelType.Number), ("guest", FeelType.String), ("hobby", FeelType.Number));
        if (depthFirst is null)
            builder.DepthFirst();
        string[] search = depthFirst is null ? ["pathDone"] : ["pathDone", depthFirst["seating.".Length..]];
        return builder
            .Rule("assign first seat", rule => rule
                .Match("context", "Context", "state = \"START\"").Match("guest", "Guest").Match("count", "Count")
                .Insert("Seating", ("id", "count.value"), ("pid", "0"), ("leftSeat", "1"), ("leftGuest", "guest.name"), ("rightGuest", "guest.name"), ("rightSeat", "1"), ("pathDone", "true"))
                .Insert("Path", ("id", "count.value"), ("guest", "guest.name"), ("seat", "1"))
                .Update("context", ("state", "\"ASSIGN\""), ("lastSeating", "count.value"))
                .Update("count", ("value", "count.value + 1")))
            .Rule("find seating", rule => rule
                .Match("context", "Context", "state = \"ASSIGN\"")
                .Match("seating", "Seating", search)
                .Match("left", "Guest", "name = seating.rightGuest")
                .Match("right", "Guest", "hobby = left.hobby", "sex != left.sex")
                .Match("count", "Count")
                .Not("Path", "id = seating.id", "guest = right.name")
                .Not("Chosen", "id = seating.id", "guest = right.name", "hobby = left.hobby")
                .Insert("Seating", ("id", "count.value"), ("pid", "seating.id"), ("leftSeat", "seating.rightSeat"), ("leftGuest", "seating.rightGuest"), ("rightGuest", "right.name"), ("rightSeat", "seating.rightSeat + 1"), ("pathDone", "false"))
                .Insert("Path", ("id", "count.value"), ("guest", "right.name"), ("seat", "seating.rightSeat + 1"))
                .Insert("Chosen", ("id", "seating.id"), ("guest", "right.name"), ("hobby", "left.hobby"))
                .Update("context", ("state", "\"MAKE_PATH\""), ("lastSeating", "count.value"))
                .Update("count", ("value", "count.value + 1")))
            .Rule("make path", rule => rule.Priority("10")
                .Match("context", "Context", "state = \"MAKE_PATH\"")
                .Match("seating", "Seating", "not(pathDone)")
                .Match("path", "Path", "id = seating.pid")
                .Not("Path", "id = seating.id", "guest = path.guest")
                .Insert("Path", ("id", "seating.id"), ("guest", "path.guest"), ("seat", "path.seat")))
            .Rule("path done", rule => rule.Priority("5")
                .Match("context", "Context", "state = \"MAKE_PATH\"").Match("seating", "Seating", "not(pathDone)")
                .Update("seating", ("pathDone", "true")).Update("context", ("state", "\"CHECK_DONE\"")))
            .Rule("are we done", rule => rule.Priority("4")
                .Match("context", "Context", "state = \"CHECK_DONE\"").Match("last", "LastSeat").Match("seating", "Seating", "rightSeat = last.seat")
                .Update("context", ("state", "\"PRINT\"")))
            .Rule("continue", rule => rule.Priority("1")
                .Match("context", "Context", "state = \"CHECK_DONE\"").Update("context", ("state", "\"ASSIGN\"")))
            .Rule("all done", rule => rule.Match("context", "Context", "state = \"PRINT\"").Stop())
            .Build();
    }

    private static RuleModel Scoring(int i, int rules, bool withAgent, Action<RuleMatch> action)
    {
        var at = i * 100 / rules;
        var builder = new RuleSetBuilder("rule").Rule($"rule {i}", rule =>
        {
            rule.Match("lead", "Lead", $"score >= {at}", $"language = \"{Languages[i % 8]}\" or campaign <= {rules % 20}");
            if (withAgent)
                rule.Match("agent", "Agent", "list contains(skills, lead.language)", $"load + {i} <= capacity + 100");
            rule.Do(action);
        });
        return builder.Model().Rules[0];
    }

    private static void Compile(int rounds)
    {
        foreach (var (rules, peer, goal) in new[] { (10, 11.2, 0.0), (100, 111.0, 0.0), (1000, 938.0, 300.0) })
        {
            var model = Facts("compile").Model() with { Rules = [.. Enumerable.Range(0, rules).Select(i => Scoring(i, rules, true, _ => { }))] };
            RuleSet set = null!;
            var rows = Rows(RuleSet.From(model), 2, 2, 1, 20);
            var best = Best(rounds, () => Time(() =>
            {
                set = RuleSet.From(model);
                var session = set.Open(Now());
                rows.ForEach(row => session.Insert(row));
                session.Fire();
            }));
            if (set.Problems.Count > 0)
                throw new InvalidOperationException(set.Problems[0].Message);
            Line($"{rules} rules: read, compiled, first facts matched", best, "ms", peer, goal, atMost: true);
            if (rules == 1000)
            {
                var changed = 0;
                Line("1,000 rules: one changed rule live", Best(rounds + 5, () => Time(() => set = set.With(Scoring(500, 1000 - ++changed, true, _ => { }) with { Name = "rule 500" }))), "ms", peer, 10, atMost: true);
            }
        }
    }

    private static void Score(int rounds)
    {
        foreach (var (rules, peer, goal) in new[] { (10, 238_258, 0.0), (100, 50_433, 300_000.0) })
        {
            var total = 0;
            var set = RuleSet.From(Facts("score").Model() with { Rules = [.. Enumerable.Range(0, rules).Select(i => Scoring(i, rules, false, _ => total++))] });
            var rows = Rows(set, 1000, 0, 20, 20).Where(row => row.Shape.Name == "Lead").ToList();
            var run = Now();
            var best = Best(rounds + 5, () => Time(() =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    using var session = set.Rent(run);
                    session.Insert(rows[i % rows.Count]);
                    session.Fire();
                }
            }));
            Line($"stateless scoring, {rules} rules, a session each", 20_000 / best * 1000, "evaluations/s", peer, goal);
        }
    }

    private static void Line(string name, double measured, string unit, double peer, double goal, bool atMost = false)
    {
        var holds = goal == 0 || (atMost ? measured <= goal : measured >= goal);
        reached &= holds;
        var format = unit is "ms" or "×" ? "0.00" : "#,0";
        string Number(double value) => value == 0 ? "" : value.ToString(format, CultureInfo.InvariantCulture);
        Lines.Add($"| {name} | {Number(measured)} | {unit} | {Number(peer)} | {(goal == 0 ? "" : $"{(atMost ? "at most" : "at least")} {Number(goal)}{(holds ? "" : " — missed")}")} |");
    }

    private static FeelRun Now() => new(TimeProvider.System);

    private static FeelValue Number(int value) => FeelValue.Of((decimal)value);

    private static double Best(int rounds, Func<double> measure) => Enumerable.Range(0, rounds).Min(_ => measure());

    private static double Time(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
