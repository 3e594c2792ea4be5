namespace Switchboard.Workflows.Definitions;

/// <summary>A definition version made ready to run: parsed, checked, indexed. Immutable and safe to share.</summary>
public sealed partial class WorkflowGraph
{
}
