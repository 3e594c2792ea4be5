using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Artefacts;

namespace Switchboard.Runtime.Trials;

/// <summary>
/// A test case as a workflow's definition stores it, in <c>customProperties.tests</c>: docs/artefacts.md says what may stand
/// in it.
/// </summary>
/// <param name="At">Where the test's clock begins.</param>
/// <param name="Record">The fields of the record whose lifecycle it is; null for a workflow without one.</param>
/// <param name="Records">What else there is: <c>{type, id, …fields}</c>, where the id is a name that fields refer to.</param>
internal sealed record WorkflowTest(
    string Name, DateTimeOffset At, JsonObject? Input, string? Trigger, JsonObject? Record, IReadOnlyList<JsonObject> Records, IReadOnlyList<TestStep> Steps, JsonObject Expect)
{
    private const int MostSteps = 500;

    /// <summary>Two o'clock on a Monday afternoon.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 14, 0, 0, TimeSpan.Zero);

    private static readonly string[] Members = ["name", "at", "input", "trigger", "record", "records", "steps", "expect"];

    /// <summary>Those of a definition, and what is wrong with the others.</summary>
    public static (IReadOnlyList<WorkflowTest> Tests, IReadOnlyList<ArtefactProblem> Problems) Of(JsonObject definition)
    {
        var (tests, problems) = (new List<WorkflowTest>(), new List<ArtefactProblem>());
        if ((definition["customProperties"] as JsonObject)?["tests"] is not { } stored)
            return (tests, problems);
        if (stored is not JsonArray list)
            return (tests, [Wrong("", "tests is a list.")]);
        for (var i = 0; i < list.Count; i++)
        {
            try
            {
                var test = Read(list[i] as JsonObject ?? throw new FormatException("a test is an object."));
                if (tests.Any(other => other.Name == test.Name))
                    throw new FormatException($"there are two tests named {test.Name}.");
                tests.Add(test);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException)
            {
                problems.Add(Wrong($"[{i}]", e.Message));
            }
        }
        return (tests, problems);
    }

    private static ArtefactProblem Wrong(string place, string why) =>
        new("error", "invalid_test", $"customProperties.tests{place}: {why}", Property: $"customProperties.tests{place}");

    private static WorkflowTest Read(JsonObject json)
    {
        TestStep.OnlyKnows(json, Members, "a test");
        var name = TestStep.Text(json, "name") is { Length: > 0 } text ? text : throw new FormatException("a test needs a name.");
        var steps = (json["steps"] as JsonArray ?? []).Select(step => TestStep.Of(step as JsonObject ?? throw new FormatException("a step is an object."))).ToList();
        if (steps.Count > MostSteps)
            throw new FormatException($"a test has at most {MostSteps} steps.");
        var expect = json["expect"] as JsonObject ?? [];
        TestStep.OnlyKnows(expect, Expectations.Members, "expect");
        if (expect.Count == 0 && steps.All(step => step.Expect is null))
            throw new FormatException("a test expects something.");
        return new WorkflowTest(
            name, TestStep.Text(json, "at") is { } at ? TestStep.Instant(at) : Monday, json["input"] as JsonObject, TestStep.Text(json, "trigger"), json["record"] as JsonObject,
            [.. (json["records"] as JsonArray ?? []).Select(record => record is JsonObject { } one && RecordTypes.Find($"{one["type"]}") is not null
                ? one
                : throw new FormatException("records are objects with a type of record."))],
            steps, expect);
    }
}

/// <summary>One stimulus of a test.</summary>
/// <param name="Kind">Which member names it.</param>
/// <param name="Name">What that member says.</param>
internal sealed record TestStep(string Kind, string Name, JsonObject Json)
{
    /// <summary>A hundred years.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    private static readonly Dictionary<string, string[]> Kinds = new()
    {
        ["action"] = ["data"],
        ["event"] = ["payload"],
        ["task"] = ["outcome", "data"],
        ["advance"] = [],
        ["until"] = [],
        ["child"] = ["output", "subStatus"],
        ["http"] = ["status", "body", "headers"],
        ["resume"] = ["input"],
        ["fail"] = ["code", "message"],
        ["retry"] = [],
    };

    /// <summary>What is expected after it; null for nothing in particular.</summary>
    public JsonObject? Expect => Json["expect"] as JsonObject;

    /// <summary>The code with which it must be refused; null for a step that must be taken.</summary>
    public string? Refused => Text(Json, "refused");

    public static TestStep Of(JsonObject json)
    {
        if (Kinds.Keys.Where(json.ContainsKey).ToList() is not [var kind])
            throw new FormatException($"a step has exactly one of {string.Join(", ", Kinds.Keys)}.");
        OnlyKnows(json, [kind, "expect", "refused", .. Kinds[kind]], $"a step with {kind}");
        var name = json[kind]!.ToString();
        if (kind == "advance" && (Span(name) < TimeSpan.Zero || Span(name) > Longest))
            throw new FormatException($"the clock goes forward, by at most {Longest.Days} days.");
        if (json["status"] is { } status && !(status is JsonValue number && number.TryGetValue<int>(out _)))
            throw new FormatException("status is the number of an HTTP status.");
        if (kind == "until")
            Instant(name);
        if (json["expect"] is JsonObject expect)
            OnlyKnows(expect, Expectations.Members, "expect");
        Text(json, "refused");
        return new TestStep(kind, name, json);
    }

    public static DateTimeOffset Instant(string text) =>
        FieldText.TryParseInstant(text, out var at) ? at : throw new FormatException($"{text} is no instant such as 2026-01-05T14:00:00Z.");

    /// <summary>As <c>2.04:30:00</c> or <c>P2DT4H30M</c>.</summary>
    public static TimeSpan Span(string text)
    {
        try
        {
            return text.StartsWith('P') ? XmlConvert.ToTimeSpan(text) : TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FormatException($"{text} is no span of time such as 2.04:30:00 or P2DT4H30M.", e);
        }
    }

    public static string? Text(JsonObject json, string name) => json[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new FormatException($"{name} is a text."),
    };

    public static void OnlyKnows(JsonObject json, IReadOnlyCollection<string> members, string what)
    {
        if (json.Select(member => member.Key).FirstOrDefault(name => !members.Contains(name)) is { } unknown)
            throw new FormatException($"{unknown} is not known in {what}; there are {string.Join(", ", members)}.");
    }

    public override string ToString() => $"{Kind} {Name}";
}
