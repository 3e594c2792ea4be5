using Switchboard.Rules.Dmn.Logic;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>A decision table as the logic of something.</summary>
internal sealed class TableLogic(DecisionTable table) : BoxedLogic
{
    public override FeelType Type => table.OutputType;

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) => table.Evaluate(frame, run.Feel, run.Explanation);
}
