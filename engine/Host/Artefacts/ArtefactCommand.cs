using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Scripts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Artefacts;

/// <summary>
/// <c>switchboard artefacts …</c>: artefacts between a folder, such as one in git, and a service. Exit codes: 0 all well, 1
/// something is wrong or differs, 2 wrong usage.
/// </summary>
internal sealed class ArtefactCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true };

    private readonly ArtefactKinds kinds;
    private readonly ArtefactArguments arguments;
    private readonly ArtefactFolder folder;
    private readonly TextWriter output;

    /// <summary>One for every file or artefact that there is something to say of.</summary>
    private readonly JsonArray said = [];

    private ArtefactCommand(ArtefactArguments arguments, TextWriter output, ScriptWorker scripts)
    {
        this.arguments = arguments;
        this.output = output;
        kinds = ArtefactKinds.Of(new ActivityCatalogue(typeof(InstanceRunner).Assembly), new BurstFeatures(scripts.EvaluateAsync));
        folder = new ArtefactFolder(arguments.Folder, kinds);
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken ct)
    {
        var (parsed, problem) = ArtefactArguments.Read(arguments, Environment.GetEnvironmentVariable);
        if (parsed is null)
        {
            await errors.WriteLineAsync($"switchboard artefacts: {problem}\n\n{ArtefactArguments.Usage}");
            return 2;
        }
        try
        {
            // Its processes start when a test of a workflow first needs one.
            await using var scripts = new ScriptWorker(new ScriptOptions(), NullLogger<ScriptWorker>.Instance);
            var command = new ArtefactCommand(parsed, output, scripts);
            var code = parsed.Verb switch
            {
                "lint" => await command.LintAsync(ct),
                "test" => await command.TestAsync(ct),
                "pull" => await command.PullAsync(ct),
                "push" => await command.PushAsync(ct),
                _ => await command.DiffAsync(ct),
            };
            command.WriteJson(code);
            return code;
        }
        catch (Exception e) when (e is ArtefactServiceException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await errors.WriteLineAsync($"switchboard artefacts {parsed.Verb}: {e.Message}");
            return 1;
        }
    }

    private async Task<int> LintAsync(CancellationToken ct)
    {
        var files = Files();
        var world = folder.World(files, TimeProvider.System);
        var wrong = 0;
        foreach (var file in files)
        {
            var problems = await ArtefactChecks.CheckAsync(file.Kind.Read(file.Key, file.Text), world, kind => files.Where(other => other.Kind.Name == kind).Select(other => other.Key), ct);
            wrong += problems.Count(problem => problem.IsError);
            foreach (var problem in problems)
                Say($"{file.Path}{Place(problem)}: {problem.Severity} {problem.Code}: {problem.Message}", file, "problem", JsonSerializer.SerializeToNode(problem, JsonSerializerOptions.Web));
        }
        Conclude($"{files.Count} artefacts, {wrong} errors.");
        return wrong == 0 ? 0 : 1;
    }

    private async Task<int> TestAsync(CancellationToken ct)
    {
        var files = Files();
        var world = folder.World(files, TimeProvider.System);
        var (ran, failed) = (0, 0);
        foreach (var file in files)
        {
            var content = file.Kind.Read(file.Key, file.Text);
            if (!content.Parses)
            {
                failed++;
                var problem = content.Problems.First(problem => problem.IsError);
                Say($"{file.Path}{Place(problem)}: error {problem.Code}: {problem.Message}", file, "problem", JsonSerializer.SerializeToNode(problem, JsonSerializerOptions.Web));
                continue;
            }
            foreach (var result in await ArtefactChecks.TestAsync(content, world, ct))
            {
                ran++;
                failed += result.Passed ? 0 : 1;
                Say($"{(result.Passed ? "ok    " : "FAILED")} {file.Path}: {result.Name}{(result.Passed ? "" : $": {result.Detail}")}", file, "test", JsonSerializer.SerializeToNode(result, JsonSerializerOptions.Web));
            }
        }
        Conclude($"{ran} tests, {failed} failed.");
        return failed == 0 ? 0 : 1;
    }

    private async Task<int> PullAsync(CancellationToken ct)
    {
        using var client = new ArtefactClient(arguments.Url, arguments.Token!);
        var (all, written) = (0, 0);
        foreach (var listed in await client.ListAsync(ct))
        {
            var (kind, key) = ((string)listed["kind"]!, (string)listed["key"]!);
            if (!Wanted(kind) || (string?)listed["state"] != "published" || await client.FindAsync(kind, key, ct) is not { } artefact)
                continue;
            all++;
            if (folder.Write(kinds.Of(kind), key, (string)artefact["content"]!) is not { } path)
                continue;
            written++;
            Say($"{path}: version {artefact["version"]}{((bool)artefact["shipped"]! ? ", shipped" : "")}", kind, key, path, "pulled", artefact["version"]?.DeepClone());
        }
        Conclude($"{all} artefacts, {written} files written.");
        return 0;
    }

    private async Task<int> PushAsync(CancellationToken ct)
    {
        // What a service would refuse is found before the first of many is sent.
        if (await LintAsync(ct) != 0)
            return 1;
        using var client = new ArtefactClient(arguments.Url, arguments.Token!);
        var (sent, refused) = (0, 0);
        foreach (var file in Files())
        {
            var current = await client.FindAsync(file.Kind.Name, file.Key, ct);
            if (current is not null && (string?)current["state"] == "published" && IsSame(file, current))
                continue;
            try
            {
                Say($"{file.Path}: {await PushAsync(client, file, current, ct)}", file, "pushed", !arguments.DryRun);
                sent++;
            }
            catch (ArtefactServiceException e)
            {
                refused++;
                Say($"{file.Path}: {e.Message}", file, "refused", e.Message);
            }
        }
        Conclude($"{sent} {(arguments.DryRun ? "would be sent" : arguments.Publish ? "published" : "saved as drafts")}, {refused} refused.");
        return refused == 0 ? 0 : 1;
    }

    private async Task<string> PushAsync(ArtefactClient client, ArtefactFile file, JsonObject? current, CancellationToken ct)
    {
        if (arguments.DryRun)
            return current is null ? "new" : "changed";
        var draft = await client.FindDraftAsync(file.Kind.Name, file.Key, ct);
        if (draft is null || !IsSame(file, draft))
        {
            if (draft is not null && !arguments.Force)
                throw new ArtefactServiceException($"{draft["author"]} has a draft of it there; publish or delete it first, or push with --force.");
            await client.SaveAsync(file.Kind.Name, file.Key, file.Text, (string?)draft?["etag"], ct);
        }
        return arguments.Publish ? $"version {await client.PublishAsync(file.Kind.Name, file.Key, arguments.Comment, ct)}" : "draft saved";
    }

    private async Task<int> DiffAsync(CancellationToken ct)
    {
        using var client = new ArtefactClient(arguments.Url, arguments.Token!);
        var files = Files();
        var differs = 0;
        foreach (var file in files)
        {
            var current = await client.FindAsync(file.Kind.Name, file.Key, ct);
            if (current is null || (string?)current["state"] != "published")
            {
                differs++;
                Say($"{file.Path}: not on the service", file, "missing", "service");
                continue;
            }
            if (IsSame(file, current))
                continue;
            differs++;
            var (there, here) = (file.Kind.Read(file.Key, (string)current["content"]!), file.Kind.Read(file.Key, file.Text));
            if (!here.Parses || !there.Parses)
            {
                Say($"{file.Path}: differs, and {(here.Parses ? "the service's" : "the file")} does not parse", file, "changes", new JsonArray());
                continue;
            }
            var changes = ArtefactDiff.Between(there, here);
            Say($"{file.Path}: {(changes.Count == 0 ? "differs only in its layout" : string.Join("\n  ", changes.Select(Text).Prepend("")))}", file, "changes", JsonSerializer.SerializeToNode(changes, JsonSerializerOptions.Web));
        }
        foreach (var listed in (await client.ListAsync(ct)).Where(listed => (string?)listed["state"] == "published" && Wanted((string)listed["kind"]!)))
        {
            var (kind, key) = ((string)listed["kind"]!, (string)listed["key"]!);
            if ((bool)listed["shipped"]! || files.Any(file => file.Kind.Name == kind && file.Key == key))
                continue;
            differs++;
            Say($"{kind} {key}: only on the service", kind, key, null, "missing", "folder");
        }
        Conclude(differs == 0 ? "No differences." : $"{differs} differ.");
        return differs == 0 ? 0 : 1;
    }

    private List<ArtefactFile> Files()
    {
        if (!Directory.Exists(arguments.Folder))
            throw new IOException($"There is no folder {arguments.Folder}.");
        return [.. folder.Read().Where(file => Wanted(file.Kind.Name))];
    }

    private bool Wanted(string kind) => kinds.Knows(kind) && (arguments.Kind is null || arguments.Kind == kind);

    /// <summary>A workflow that was published says which version it is, and its file need not.</summary>
    private bool IsSame(ArtefactFile file, JsonObject artefact)
    {
        var hash = (string?)artefact["hash"];
        return kinds.HashOf(file.Kind.Name, file.Text) == hash
            || (artefact["version"] is { } number && kinds.HashOf(file.Kind.Name, file.Kind.Numbered(file.Text, (int)number)) == hash);
    }

    private static string Place(ArtefactProblem problem) =>
        (problem.Line is { } line ? $":{line}{(problem.Column is { } column ? $":{column}" : "")}" : "") + (problem.Row is { } row ? $" row {row}{(problem.Property is { } cell ? $", {cell}" : "")}" : "");

    private static string Text(ArtefactChange change) =>
        $"{change.Change} {change.What} {change.Label}{(change.Member is null ? "" : $" {change.Member}: {Short(change.From)} → {Short(change.To)}")}";

    private static string Short(JsonNode? value) => value?.ToJsonString() is { } text ? text.Length > 80 ? text[..80] + "…" : text : "nothing";

    private void Say(string line, ArtefactFile file, string member, JsonNode? value) => Say(line, file.Kind.Name, file.Key, file.Path, member, value);

    private void Say(string line, string kind, string key, string? path, string member, JsonNode? value)
    {
        said.Add((JsonNode)new JsonObject { ["kind"] = kind, ["key"] = key, ["path"] = path, [member] = value });
        if (!arguments.Json)
            output.WriteLine(line);
    }

    private void Conclude(string line)
    {
        if (!arguments.Json)
            output.WriteLine(line);
    }

    private void WriteJson(int code)
    {
        if (arguments.Json)
            output.WriteLine(new JsonObject { ["ok"] = code == 0, ["items"] = said }.ToJsonString(Indented));
    }
}
