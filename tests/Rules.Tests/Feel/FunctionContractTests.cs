using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Rules.Tests.Feel;

/// <summary>What authors may call, with what.</summary>
public sealed class FunctionContractTests
{
    [Fact]
    public void The_functions_are_those_of_the_contract() => Contract.Matches("feel-functions.txt", string.Join('\n', BuiltIns.Describe()));
}
