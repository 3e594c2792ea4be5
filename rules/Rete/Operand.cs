using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>Where a variable's value stands in a token.</summary>
internal enum PlaceKind
{
    Fact,
    Value,
    Key,
}

/// <summary>A variable of a rule: the token at this depth holds it.</summary>
internal readonly record struct Place(string Name, FeelType Type, PlaceKind Kind, int Depth)
{
    public FeelValue Read(PartialMatch token, int depth)
    {
        var holder = token.Up(depth - Depth);
        return Kind switch
        {
            PlaceKind.Fact => FeelValue.Of(holder.Fact!.Row),
            PlaceKind.Value => holder.Computed!.Value,
            _ => holder.Computed!.Key,
        };
    }
}

/// <summary>A value that a condition reads: from the token on the left, from the row on the right, or from the rule itself.</summary>
internal abstract class Operand
{
    public abstract FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session);
}

internal sealed class ConstantOperand(FeelValue value) : Operand
{
    public FeelValue Value => value;

    public override FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session) => value;
}

/// <summary>A field of the row that is being matched.</summary>
internal sealed class OwnFieldOperand(int index) : Operand
{
    public int Field => index;

    public override FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session) => right!.Values[index];
}

/// <summary>A field of a fact that was matched before.</summary>
internal sealed class BoundFieldOperand(int up, int field) : Operand
{
    public override FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session) => left!.Up(up).Fact!.Row.Values[field];
}

/// <summary>A value that was computed before.</summary>
internal sealed class ComputedOperand(int up, bool key) : Operand
{
    public override FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        var computed = left!.Up(up).Computed!;
        return key ? computed.Key : computed.Value;
    }
}

/// <summary>Any expression: the variables that it names are put into slots, and FEEL does the rest.</summary>
/// <param name="expression">Compiled by FEEL.</param>
/// <param name="places">Slot and place of each variable that it names.</param>
/// <param name="own">Slot and field of each field of the matched row that it names; field -1 is the row itself.</param>
/// <param name="depth">Of the left token.</param>
/// <param name="slotCount">Of the scope.</param>
internal sealed class FeelOperand(
    FeelExpression expression, (int Slot, Place Place)[] places, (int Slot, int Field)[] own, int depth, int slotCount) : Operand
{
    public override FeelValue Read(PartialMatch? left, FeelRow? right, RuleSession session) =>
        expression.Evaluate(Fill(left, right, session), session.Run);

    public bool IsTrue(PartialMatch? left, FeelRow? right, RuleSession session) => expression.IsTrue(Fill(left, right, session), session.Run);

    private FeelValue[] Fill(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        var slots = session.Slots(slotCount);
        foreach (var (slot, place) in places)
            slots[slot] = place.Read(left!, depth);
        foreach (var (slot, field) in own)
            slots[slot] = field < 0 ? FeelValue.Of(right) : right!.Values[field];
        return slots;
    }
}
