using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Primitives;

/// <summary>Names the instance.</summary>
[Activity("Elsa.SetName", Category = "Primitives", DisplayName = "Set Name", Description = "Names the workflow instance.")]
public sealed class SetName : Activity
{
    private readonly Input<string> _value = new("Value") { DisplayName = "Name", Description = "The name." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) => context.Instance.Name = await context.InputAsync(_value);
}

/// <summary>Sets the correlation id by which events find the instance.</summary>
[Activity("Elsa.Correlate", Category = "Primitives", Description = "Sets the correlation id by which events find the workflow instance.")]
public sealed class Correlate : Activity
{
    private readonly Input<string> _correlationId = new("CorrelationId") { DisplayName = "Correlation ID", Description = "The correlation id." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) => context.Instance.CorrelationId = await context.InputAsync(_correlationId);
}

/// <summary>Ends the instance at once, as finished.</summary>
[Activity("Elsa.Finish", Category = "Primitives", Description = "Ends the workflow at once.", IsTerminal = true)]
public sealed class Finish : Activity
{
    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        context.FinishInstance();
        return default;
    }
}

/// <summary>Fails on purpose.</summary>
[Activity("Elsa.Fault", Category = "Primitives", Description = "Fails on purpose, as an incident.")]
public sealed class Fault : Activity
{
    private readonly Input<string> _code = new("Code") { Default = "0", Description = "For programs." };

    private readonly Input<string> _category = new("Category") { Default = "General", Description = "The kind of failure." };

    private readonly Input<string> _type = new("FaultType") { Default = "System", DisplayName = "Type", Description = "Where the failure comes from." };

    private readonly Input<string> _message = new("Message") { Description = "For people." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var message = await context.InputAsync(_message);
        if (string.IsNullOrEmpty(message))
            message = $"The workflow failed on purpose ({await context.InputAsync(_category)}, {await context.InputAsync(_type)}).";
        throw new ActivityException(await context.InputAsync(_code) ?? "0", message);
    }
}
