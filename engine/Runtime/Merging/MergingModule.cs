using Microsoft.Extensions.DependencyInjection;

namespace Switchboard.Runtime.Merging;

public static class MergingModule
{
    /// <summary>Needs operations and the record pipeline.</summary>
    public static IServiceCollection AddMerging(this IServiceCollection services) => services
        .AddSingleton<RecordMerge>()
        .AddSingleton<MergeUndo>();
}
