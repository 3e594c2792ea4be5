namespace Switchboard.Workflows.Definitions;

/// <summary>How much a problem matters.</summary>
public enum ProblemSeverity
{
    /// <summary>The definition cannot be published.</summary>
    Error,

    /// <summary>It can, but is probably not what was meant.</summary>
    Warning,
}

/// <summary>Something that is wrong in a definition, with the place.</summary>
/// <param name="NodeId">The path of the activity; empty for the workflow itself.</param>
/// <param name="ActivityId">The activity's id.</param>
/// <param name="Property">The member of the activity's JSON; null for the activity as a whole.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">What is wrong and how to mend it.</param>
/// <param name="Severity">Whether it can be published all the same.</param>
public sealed record DefinitionProblem(string NodeId, string ActivityId, string? Property, string Code, string Message, ProblemSeverity Severity = ProblemSeverity.Error)
{
    /// <summary>The activity's name in the definition.</summary>
    public string? ActivityName { get; init; }

    /// <summary>The activity's type.</summary>
    public string? ActivityType { get; init; }
}
