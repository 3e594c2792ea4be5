using System.Text.Json.Nodes;

using Switchboard.Runtime.Decisions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>What the store must know of one kind of artefact; everything else is the same for all of them.</summary>
public abstract class ArtefactKind
{
    /// <summary>As paths, rows and references write it: never renamed.</summary>
    public abstract string Name { get; }

    /// <summary>Where its files lie, in the repository and in a folder that the command line pulls to.</summary>
    public abstract string Folder { get; }

    /// <summary>How its files end.</summary>
    public abstract string Ending { get; }

    /// <summary>Reads a text. Never throws: what does not parse is among the <see cref="ArtefactContent.Problems"/>.</summary>
    public abstract ArtefactContent Read(string key, string text);

    /// <summary>The text that is stored as a version; a workflow's says which one it is.</summary>
    public virtual string Numbered(string text, int number) => text;

    /// <summary>What is hashed: texts that differ in nothing that counts have the same.</summary>
    public abstract string Canonical(string text);

    /// <summary>The file that a text is kept in: its name may say what the text then need not.</summary>
    public virtual (string FileName, string Text) ToFile(string key, string text) => (key + Ending, text);

    /// <summary>The text of a file.</summary>
    public virtual string FromFile(string fileName, string text) => text.TrimStart('\uFEFF');
}

/// <summary>An artefact's text, read.</summary>
public abstract class ArtefactContent
{
    /// <summary>What reading alone has found. An error here means that the text is not one of its kind at all.</summary>
    public abstract IReadOnlyList<ArtefactProblem> Problems { get; }

    public bool Parses => !Problems.Any(problem => problem.IsError);

    /// <summary>What it names. Only asked of one that parses.</summary>
    public virtual IEnumerable<ArtefactReference> References => [];

    /// <summary>The test cases stored with it. Only asked of one that parses.</summary>
    public virtual IEnumerable<ArtefactTest> Tests => [];

    /// <summary>What decides by it; null for a kind that decides nothing. Only asked of one that parses.</summary>
    public virtual DecisionLogic? Logic => null;

    /// <summary>Its parts by what they are and who they are, for differences. Only asked of one that parses.</summary>
    public abstract IEnumerable<ArtefactPart> Parts { get; }

    /// <summary>Further errors and warnings that show only beside the other artefacts.</summary>
    public virtual IEnumerable<ArtefactProblem> Check(ArtefactWorld world) => [];

    /// <summary>Further ones that only another process can find. Only asked of one that parses.</summary>
    public virtual ValueTask<IReadOnlyList<ArtefactProblem>> CheckOutsideAsync(CancellationToken ct) => new([]);
}

/// <summary>The artefacts around one that is checked or tested.</summary>
/// <param name="find">The text that counts now, or would with the draft published; null where there is none.</param>
/// <param name="now">What tests without a clock of their own see.</param>
public sealed class ArtefactWorld(ArtefactKinds kinds, Func<string, string, string?> find, TimeProvider now)
{
    private readonly Dictionary<(string, string), ArtefactContent?> read = [];

    public TimeProvider Time { get; } = now;

    public ArtefactKinds Kinds => kinds;

    public bool Has(string kind, string key) => find(kind, key) is not null;

    /// <summary>An artefact, read; null where there is none.</summary>
    public ArtefactContent? Find(string kind, string key)
    {
        if (!read.TryGetValue((kind, key), out var content))
            read[(kind, key)] = content = kinds.Knows(kind) && find(kind, key) is { } text ? kinds.Of(kind).Read(key, text) : null;
        return content;
    }

    /// <summary>What a reference names: of a decision, the rule set of that key will do.</summary>
    public ArtefactContent? FindNamed(string kind, string key) => Find(kind, key) ?? (kind == "decision" ? Find("ruleset", key) : null);

    /// <summary>As bursts of a trial find them.</summary>
    internal PublishedArtefacts AsPublished() => new(
        (kind, key) => find(kind, key) is { } text ? new PublishedVersion(kind, key, 1, kinds.HashOf(kind, text), text, DateTimeOffset.UnixEpoch) : null, Time);

    /// <summary>The same with another text of one artefact; null takes it away.</summary>
    public ArtefactWorld With(string kind, string key, string? text) =>
        new(kinds, (otherKind, otherKey) => (otherKind, otherKey) == (kind, key) ? text : find(otherKind, otherKey), Time);
}

/// <summary>A test case stored with an artefact.</summary>
/// <param name="RunAsync">What came out instead of what is expected; null when it is as expected.</param>
public sealed record ArtefactTest(string Name, Func<ArtefactWorld, CancellationToken, ValueTask<string?>> RunAsync)
{
    public ArtefactTest(string name, Func<ArtefactWorld, string?> run)
        : this(name, (world, _) => new ValueTask<string?>(run(world)))
    {
    }
}

/// <summary>A part of an artefact that stays itself while it changes: a node, a row, a field.</summary>
/// <param name="What"><c>node, connection, row, rule, component, day …</c>.</param>
/// <param name="Id">Who it is among those; found again by it in another version.</param>
/// <param name="Label">For people.</param>
/// <param name="Members">What it says.</param>
public sealed record ArtefactPart(string What, string Id, string Label, JsonObject Members)
{
    /// <summary>The list in which its order decides; null where it decides nothing.</summary>
    public string? Among { get; init; }

    /// <summary>Where it stands, when that is not a matter of order: in which container, at which point of a drawing.</summary>
    public JsonObject? Place { get; init; }
}
