namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>The C programs of the rig, compiled for this run: floors, the libmodbus peer and the load generators.</summary>
internal sealed class RigPrograms(RigScope scope)
{
    private readonly string _source = Path.Combine(scope.ProjectDirectory, "rig");

    public string PymodbusScript => Path.Combine(_source, "pymodbus_server.py");

    public string PysnmpScript => Path.Combine(_source, "pysnmp_agent.py");

    public string ModbusEcho() => Build("echo", "echo.c");

    public string Libmodbus() => Build("libmodbus_server", "libmodbus_server.c", "-I/usr/include/modbus", "-lmodbus");

    public string ModbusLoad() => Build("load", "load.c", "client.c", "modes.c");

    public string SnmpEcho() => Build("snmp_echo", "snmp_echo.c");

    public string SnmpLoad() => Build("snmp_load", "snmp_load.c");

    private string Build(string name, params string[] inputs)
    {
        var output = Path.Combine(scope.Temporary, name);
        var arguments = inputs.Select(i => i.EndsWith(".c", StringComparison.Ordinal) ? Path.Combine(_source, i) : i);
        using var compiler = scope.Start(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", output, .. arguments]);
        compiler.WaitForOutput(TimeSpan.FromMinutes(2));
        return output;
    }
}
