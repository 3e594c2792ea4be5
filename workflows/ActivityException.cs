namespace Switchboard.Workflows;

/// <summary>A failure of an activity or an expression that the author of a workflow can understand and handle: it becomes an incident.</summary>
/// <param name="code">Stable, snake_case.</param>
/// <param name="message">What failed, where, and how to mend it.</param>
/// <param name="canRetry">Whether the same activity may succeed later without a change.</param>
public sealed class ActivityException(string code, string message, bool canRetry = false, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Stable, snake_case.</summary>
    public string Code { get; } = code;

    /// <summary>Whether the same activity may succeed later without a change.</summary>
    public bool CanRetry { get; } = canRetry;
}
