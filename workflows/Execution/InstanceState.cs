namespace Switchboard.Workflows.Execution;

/// <summary>A workflow instance between bursts: all that the next burst needs, small enough to be written with every step.</summary>
public sealed partial class InstanceState
{
}
