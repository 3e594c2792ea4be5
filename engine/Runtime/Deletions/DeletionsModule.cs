using Microsoft.Extensions.DependencyInjection;

namespace Switchboard.Runtime.Deletions;

public static class DeletionsModule
{
    /// <summary>Needs operations and the record pipeline.</summary>
    public static IServiceCollection AddDeletions(this IServiceCollection services) => services
        .AddSingleton<KeptDeletions>()
        .AddSingleton<DeletionUndo>();
}
