using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Switchboard.Runtime.Artefacts;

/// <summary>One version of an artefact, or its draft, as the tenant sees it: its own, or the shipped default beneath.</summary>
/// <param name="Number">From 1; null for the draft. A tenant's own versions follow those that were shipped.</param>
/// <param name="Hash">SHA-256 of the canonical content in lower-case hex.</param>
/// <param name="State">
/// <c>draft, scheduled, published, superseded, retracted</c>. A retracted version is one that says: from here on there is none.
/// </param>
/// <param name="EffectiveFrom">From when it counts; null for at once.</param>
/// <param name="Version">The row's version, for <c>If-Match</c>; 0 for a shipped artefact.</param>
/// <param name="AuthorId">Null for a shipped artefact and for what the engine has written.</param>
public sealed record Artefact(
    Guid Id, string Kind, string Key, int? Number, string Content, string Hash, string? Comment, string? Author, string State,
    DateTimeOffset? PublishedAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version, DateTimeOffset? EffectiveFrom = null, Guid? AuthorId = null)
{
    public bool IsShipped => Version == 0;

    /// <summary>The instant from which it counts; null for a draft.</summary>
    public DateTimeOffset? From => IsShipped ? DateTimeOffset.UnixEpoch : EffectiveFrom ?? PublishedAt;
}

/// <summary>What an author must mend, or should know, before a draft can be published.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Line">From 1, where it stands in the text; null if nobody can say.</param>
/// <param name="NodeId">The activity in a workflow; null otherwise.</param>
/// <param name="Property">The member or field that it is about; in a row of a decision table, the column.</param>
/// <param name="Column">From 1.</param>
/// <param name="Row">The row of a decision table, from 1.</param>
/// <param name="Element">The id of the element, component or rule.</param>
public sealed record ArtefactProblem(
    string Severity, string Code, string Message, int? Line = null, string? NodeId = null, string? ActivityId = null,
    string? ActivityType = null, string? ActivityName = null, string? Property = null, int? Column = null, int? Row = null,
    string? Element = null)
{
    [JsonIgnore]
    public bool IsError => Severity == "error";

    public static ArtefactProblem Error(string code, string message, int? line = null, int? column = null, string? element = null) =>
        new("error", code, message, line, Column: column, Element: element);

    public static ArtefactProblem Warning(string code, string message, int? line = null, int? column = null, string? element = null) =>
        new("warning", code, message, line, Column: column, Element: element);
}

/// <summary>A place in an artefact that names another one, or a field of a record.</summary>
/// <param name="Kind">A kind of artefact, or <see cref="Field"/>. <c>decision</c> stands for a rule set too: whichever has the key.</param>
/// <param name="Key">The artefact's key, or <c>phone-numbers.status</c>.</param>
/// <param name="Place">Where it stands, for people.</param>
/// <param name="Member">Which decision of a model; null for the whole.</param>
public sealed record ArtefactReference(string Kind, string Key, string Place, string? Member = null)
{
    public const string Field = "field";

    internal static bool SameKind(string a, string b) => a == b || (a is "decision" or "ruleset" && b is "decision" or "ruleset");
}

/// <summary>A version that uses something.</summary>
public sealed record ArtefactUsage(string Kind, string Key, int Number, string State, string Place);

/// <summary>Somebody who would be wrong after a change.</summary>
/// <param name="Reason">What would be wrong; null where it is simply gone.</param>
public sealed record ArtefactBreak(ArtefactUsage Usage, string? Reason)
{
    public JsonNode ToJson() => new JsonObject
    {
        ["kind"] = Usage.Kind,
        ["key"] = Usage.Key,
        ["version"] = Usage.Number,
        ["place"] = Usage.Place,
        ["reason"] = Reason,
    };
}

/// <summary>How a test case that is stored with an artefact ended.</summary>
/// <param name="Detail">What came out instead; null when it passed.</param>
public sealed record ArtefactTestResult(string Name, bool Passed, string? Detail = null);
