namespace Switchboard.Runtime.Artefacts;

/// <summary>One version of an artefact, or its draft, as the tenant sees it: its own, or the shipped default beneath.</summary>
/// <param name="Number">From 1; null for the draft. A tenant's own versions follow those that were shipped.</param>
/// <param name="Hash">SHA-256 of the content in lower-case hex.</param>
/// <param name="State"><c>draft, published, superseded, retracted</c>.</param>
/// <param name="Version">The row's version, for <c>If-Match</c>; 0 for a shipped artefact.</param>
public sealed record Artefact(
    Guid Id, string Kind, string Key, int? Number, string Content, string Hash, string? Comment, string? Author, string State,
    DateTimeOffset? PublishedAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version)
{
    public bool IsShipped => Version == 0;
}

/// <summary>What an author must mend, or should know, before a draft can be published.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Line">From 1, where the text does not parse; null otherwise.</param>
/// <param name="NodeId">The activity in a workflow; null otherwise.</param>
public sealed record ArtefactProblem(
    string Severity, string Code, string Message, int? Line = null, string? NodeId = null, string? ActivityId = null,
    string? ActivityType = null, string? ActivityName = null, string? Property = null);
