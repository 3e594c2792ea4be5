namespace Switchboard.Data.Commit;

/// <summary>The database could not be reached for longer than <see cref="CommitOptions.Patience"/>.</summary>
/// <param name="mayHaveCommitted">
/// True when the step had been sent and nobody can say yet whether it was applied; false when it certainly was not, and
/// never will be.
/// </param>
public sealed class CommitException(bool mayHaveCommitted, Exception? inner)
    : Exception(
        mayHaveCommitted
            ? "The database went away while the change was being committed; whether it was applied is not known. Read again before repeating it."
            : "The database cannot be reached; the change was not applied. Repeat it later.",
        inner)
{
    public bool MayHaveCommitted { get; } = mayHaveCommitted;
}
