using System.Text.Json.Nodes;

using Switchboard.Runtime.Bursts;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>Somebody outside who waits for the answer of a burst: the request as data, and the answer that an activity wrote.</summary>
/// <param name="request">What came; null when the caller only waits for an answer.</param>
public sealed class LiveRequest(JsonObject? request = null)
{
    /// <summary>The workflow input, and the resume input, under which a request travels.</summary>
    public const string InputKey = "__HttpRequest";

    public JsonObject? Request { get; } = request;

    /// <summary>Of the burst that was committed; null if it wrote none.</summary>
    public HttpAnswer? Answer { get; internal set; }
}

/// <summary>An HTTP answer as data.</summary>
public sealed record HttpAnswer(int Status, byte[] Body)
{
    public string? ContentType { get; init; }

    public string? FileName { get; init; }

    public string? EntityTag { get; init; }

    public bool IsResumable { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>The answer belongs to the burst: one that runs again answers anew.</summary>
internal sealed record HttpAnswered(LiveRequest Live, HttpAnswer Answer) : EngineEffect
{
    public override void Apply(StepContext context) => Live.Answer = Answer;
}
