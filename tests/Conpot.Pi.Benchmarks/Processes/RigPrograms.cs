namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>The C programs of the rig, compiled for this run: the floor, the libmodbus peer and the load generator.</summary>
internal sealed record RigPrograms(string Echo, string Libmodbus, string Load, string PymodbusScript)
{
    public static RigPrograms Compile(RigScope scope)
    {
        var source = Path.Combine(scope.ProjectDirectory, "rig");
        return new RigPrograms(
            Build("echo", ["echo.c"]),
            Build("libmodbus_server", ["libmodbus_server.c", "-I/usr/include/modbus", "-lmodbus"]),
            Build("load", ["load.c", "client.c", "modes.c"]),
            Path.Combine(source, "pymodbus_server.py"));

        string Build(string name, string[] inputs)
        {
            var output = Path.Combine(scope.Temporary, name);
            var arguments = inputs.Select(i => i.EndsWith(".c", StringComparison.Ordinal) ? Path.Combine(source, i) : i);
            using var compiler = scope.Start(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", output, .. arguments]);
            compiler.WaitForOutput(TimeSpan.FromMinutes(2));
            return output;
        }
    }
}
