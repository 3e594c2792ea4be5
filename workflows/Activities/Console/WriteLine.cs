using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Console;

/// <summary>Notes a line of text; it is seen in the journal as the evaluated input of the activity.</summary>
[Activity("Elsa.WriteLine", Category = "Console", DisplayName = "Write Line", Description = "Writes a line of text to the journal.")]
public sealed class WriteLine : Activity
{
    private readonly Input<string> _text = new("Text") { Description = "The text to write." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) =>
        context.Yield(new LineWritten(await context.InputAsync(_text) ?? ""));
}
