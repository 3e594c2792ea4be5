using Microsoft.Extensions.DependencyInjection;

using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Decisions;

public static class DecisionsModule
{
    /// <summary>Needs the artefacts and operations beside it.</summary>
    public static IServiceCollection AddDecisions(this IServiceCollection services) => services
        .AddSingleton<DecisionLog>()
        .AddSingleton<CompiledDecisions>()
        .AddSingleton<DecisionEngine>()
        .AddSingleton<DecisionReplay>()
        .AddSingleton<OperationKind>(provider => provider.GetRequiredService<DecisionReplay>());
}
