using Microsoft.Extensions.DependencyInjection;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Imports;

public static class ImportsModule
{
    /// <summary>Needs what bursts and operations need, and the record pipeline of the data project.</summary>
    public static IServiceCollection AddImports(this IServiceCollection services, ImportOptions? options = null)
    {
        options ??= new ImportOptions();
        options.Validate();
        return services
            .AddSingleton(options)
            .AddSingleton<ImportMappings>()
            .AddSingleton<ImportUpload>()
            .AddSingleton<OperationKind, ImportOperation>()
            .AddSingleton<OperationKind, ImportUndo>();
    }
}
