using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Scripting;

/// <summary>A script in a language that is not run here: the designer shows it, publishing refuses it.</summary>
public abstract class HostCode : Activity
{
    private readonly Input<string> _script = new("Script") { Default = "", Hint = "code-editor", Description = "The script; it is kept, but this service runs JavaScript alone." };

    private readonly Input<string[]> _possibleOutcomes = new("PossibleOutcomes") { DisplayName = "Possible Outcomes", Hint = "dynamic-outcomes", DefaultSyntax = "Object", Description = "The outcomes that the script may choose." };

    private readonly Output<System.Text.Json.Nodes.JsonNode> _result = new("Result") { Description = "The value of the script." };

    /// <summary>For people.</summary>
    protected abstract string Language { get; }

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader)
    {
        reader.Problem(_script.JsonName, "unsupported_language", Problem);
        return null;
    }

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context) => throw new ActivityException("unsupported_language", Problem);

    private string Problem => $"{Language} is not run by this service, because it cannot be kept in bounds: rewrite the script as a Run JavaScript activity.";
}

/// <inheritdoc/>
[Activity("Elsa.RunCSharp", Category = "Scripting", DisplayName = "Run C#", IsBrowsable = false, Description = "A script in C#; not run here.")]
public sealed class RunCSharp : HostCode
{
    /// <inheritdoc/>
    protected override string Language => "C#";
}

/// <inheritdoc/>
[Activity("Elsa.RunPython", Category = "Scripting", DisplayName = "Run Python", IsBrowsable = false, Description = "A script in Python; not run here.")]
public sealed class RunPython : HostCode
{
    /// <inheritdoc/>
    protected override string Language => "Python";
}
