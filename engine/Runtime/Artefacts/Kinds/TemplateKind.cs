using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Switchboard.Runtime.Templates;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>
/// A Handlebars template. Comments say what the file's name says of a shipped one, and hold its test cases:
/// <c>{{!-- target: html --}}</c> in the first line, and
/// <c>{{!-- test: {"name": "…", "input": {…}, "contains": ["…"], "equals": "…"} --}}</c> in lines of their own.
/// </summary>
internal sealed class TemplateKind : ArtefactKind
{
    public override string Name => "template";

    public override string Folder => "workflows/templates";

    public override string Ending => ".hbs";

    public override ArtefactContent Read(string key, string text) => new TemplateContent(key, text);

    public override string Canonical(string text) => text.ReplaceLineEndings("\n");

    public override (string FileName, string Text) ToFile(string key, string text)
    {
        var target = TemplateText.Of(text).Target;
        return ($"{key}.{(target ?? TemplateTarget.Text).Ending}.hbs", target is null ? text : text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    public override string FromFile(string fileName, string text)
    {
        text = text.TrimStart('\uFEFF');
        var target = TemplateTarget.Of(fileName);
        return target == TemplateTarget.Text || TemplateText.Of(text).TargetName is not null ? text : $"{{{{!-- target: {target.Ending} --}}}}\n{text}";
    }
}

/// <summary>A template's text without the comments that are for the store.</summary>
/// <param name="Target">What it produces, if the text says so.</param>
/// <param name="TargetName">As written, known or not.</param>
/// <param name="Body">Line for line as it was, so that positions hold.</param>
internal sealed partial record TemplateText(TemplateTarget? Target, string? TargetName, string Body, IReadOnlyList<(string Json, int Line)> Tests)
{
    public static TemplateText Of(string text)
    {
        text = text.ReplaceLineEndings("\n");
        string? target = null;
        if (TargetLine().Match(text) is { Success: true } first)
        {
            target = first.Groups["name"].Value;
            text = text[first.Length..];
        }
        var tests = new List<(string, int)>();
        var skipped = target is null ? 1 : 2;
        foreach (Match match in TestLine().Matches(text))
            tests.Add((match.Groups["json"].Value, text.AsSpan(0, match.Index).Count('\n') + skipped));
        var known = TemplateTarget.All.FirstOrDefault(one => one.Ending == target);
        return new TemplateText(known, target, TestLine().Replace(text, ""), tests);
    }

    [GeneratedRegex(@"\A\{\{!--\s*target:\s*(?<name>\w+)\s*--\}\}[ \t]*\n?", RegexOptions.NonBacktracking)]
    private static partial Regex TargetLine();

    [GeneratedRegex(@"^\{\{!--[ \t]*test:(?<json>(?s:.*?))--\}\}[ \t]*(\n|\z)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex TestLine();
}

/// <summary>A template, read.</summary>
internal sealed class TemplateContent : ArtefactContent
{
    private readonly string key;
    private readonly string text;
    private readonly TemplateText parts;
    private readonly List<(string Name, JsonObject Json)> tests = [];

    public TemplateContent(string key, string text)
    {
        (this.key, this.text, parts) = (key, text, TemplateText.Of(text));
        var problems = new List<ArtefactProblem>();
        if (parts.TargetName is { } name && parts.Target is null)
            problems.Add(ArtefactProblem.Error("unknown_target", $"A template produces {string.Join(", ", TemplateTarget.All.Select(target => target.Ending))}, not {name}.", 1, 1));
        foreach (var (json, line) in parts.Tests)
        {
            var (test, problem) = JsonText.Read(json);
            if (test?["name"] is JsonValue called && called.TryGetValue<string>(out var testName) && test["input"] is JsonObject)
                tests.Add((testName, test));
            else
                problems.Add(ArtefactProblem.Error("invalid_test", problem is null ? "A test is {name, input, contains or equals}." : $"The test is not JSON: {problem.Message}", line));
        }
        try
        {
            Compiled = Template.Compile(key, parts.Body, parts.Target ?? TemplateTarget.Text);
        }
        catch (TemplateException e)
        {
            problems.Add(ArtefactProblem.Error(e.Code, e.Message, e.Line is { } line && parts.TargetName is not null ? line + 1 : e.Line));
        }
        Problems = problems;
    }

    public override IReadOnlyList<ArtefactProblem> Problems { get; }

    public TemplateTarget Target => parts.Target ?? TemplateTarget.Text;

    public Template? Compiled { get; }

    public override IEnumerable<ArtefactTest> Tests => tests.Select(test => new ArtefactTest(test.Name, _ => Run(test.Json)));

    public override IEnumerable<ArtefactPart> Parts
    {
        get
        {
            yield return new ArtefactPart("template", "template", key, new JsonObject { ["target"] = Target.Ending });
            // Lines that stand in both are the same part whatever comes before them.
            foreach (var line in parts.Body.Split('\n').Where(line => line.Trim().Length > 0))
                yield return new ArtefactPart("line", line.Trim(), line.Trim(), new JsonObject { ["text"] = line });
            foreach (var (name, json) in tests)
                yield return new ArtefactPart("test", name, name, (JsonObject)json.DeepClone());
        }
    }

    public override IEnumerable<ArtefactProblem> Check(ArtefactWorld world)
    {
        if (world.Find("template", key) is TemplateContent before && before.text != text && before.Target != Target)
        {
            yield return ArtefactProblem.Error(
                "target_changed", $"What uses {key} expects {before.Target.Ending}, and this produces {Target.Ending}: begin it with {{{{!-- target: {before.Target.Ending} --}}}}, or take another key.", 1, 1);
        }
        if (tests.Count == 0)
            yield return ArtefactProblem.Warning("no_tests", "The template has no test case.");
    }

    private string? Run(JsonObject test)
    {
        string actual;
        try
        {
            actual = Compiled!.Render((JsonObject)test["input"]!);
        }
        catch (TemplateException e)
        {
            return e.Message;
        }
        if (test["equals"]?.ToString() is { } whole && whole.ReplaceLineEndings("\n").Trim() != actual.ReplaceLineEndings("\n").Trim())
            return $"It gives: {actual}";
        var missing = (test["contains"] as JsonArray ?? []).Select(part => part?.ToString() ?? "").FirstOrDefault(part => !actual.Contains(part, StringComparison.Ordinal));
        return missing is null ? null : $"\"{missing}\" does not stand in: {actual}";
    }
}
